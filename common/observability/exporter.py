"""A worker's own page of metrics, where it shares no folder with the web processes.

`WORKER_METRICS_PORT` names the port; the page has no login, so it must stay inside the network.
"""

import os

from celery import signals
from prometheus_client import start_http_server

from common.observability import metrics

PORT = "WORKER_METRICS_PORT"


@signals.worker_ready.connect
def _serve(**_: object) -> None:
    port = os.environ.get(PORT, "")
    if port:
        start_http_server(int(port), registry=metrics.counted())
