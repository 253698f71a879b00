"""Prometheus metrics, also over several processes (`PROMETHEUS_MULTIPROC_DIR`)."""

import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from celery import signals
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from common.http.errors import NotFound, Unauthorized, json_response
from common.observability.logs import log_request

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """A counter `lumiku_<name>`; make it once, at the top of a module."""
    return Counter(f"lumiku_{name}", documentation, labels)


def histogram(
    name: str, documentation: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS
) -> Histogram:
    """A histogram `lumiku_<name>`, of seconds unless `buckets` says otherwise."""
    return Histogram(f"lumiku_{name}", documentation, labels, buckets=buckets)


class Reading(Collector):
    """A gauge `lumiku_<name>` that is read from the database when metrics are scraped.

    `read` returns the value of each value of `label`; without a database the gauge is left out.
    """

    def __init__(
        self, name: str, documentation: str, label: str, read: Callable[[], Mapping[str, float]]
    ) -> None:
        self._name, self._documentation, self._label = f"lumiku_{name}", documentation, label
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(self._name, self._documentation, labels=[self._label])
        try:
            values = self._read()
        except DatabaseError:
            return
        for value, number in values.items():
            gauge.add_metric([value], number)
        yield gauge

    def describe(self) -> list[GaugeMetricFamily]:
        return [GaugeMetricFamily(self._name, self._documentation, labels=[self._label])]


_readings: list[Reading] = []


def reading(
    name: str, documentation: str, label: str, read: Callable[[], Mapping[str, float]]
) -> None:
    """Offer a gauge that is computed at every scrape of `/metrics`; call it once, at the top of a
    module. Pages of workers do without: the rows are the same whoever reads them.
    """
    _readings.append(Reading(name, documentation, label, read))


HTTP_REQUESTS = counter("http_requests_total", "HTTP requests", ["method", "route", "status"])
HTTP_SECONDS = histogram("http_request_seconds", "Time to the answer's headers", ["route"])


class MetricsMiddleware:
    """Counts and times every request, and writes its line in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - begun
        route, method = route_of(request), request.method or ""
        HTTP_REQUESTS.labels(
            method if method in _METHODS else "other", route, str(response.status_code)
        ).inc()
        HTTP_SECONDS.labels(route).observe(seconds)
        log_request(request, route=route, status=response.status_code, seconds=seconds)
        return response


def route_of(request: HttpRequest) -> str:
    """The name of the matched route; never the path, which callers choose freely."""
    match = request.resolver_match
    if match is None:
        return UNMATCHED
    return match.view_name or match.route


def metrics_view(request: HttpRequest) -> HttpResponse:
    """All metrics, for whoever shows `METRICS_TOKEN`; without that setting there is no page."""
    token: str = settings.METRICS_TOKEN
    if not token:
        return json_response(NotFound())
    offered = request.headers.get("Authorization", "")
    if not hmac.compare_digest(offered.encode(), f"Bearer {token}".encode()):
        return json_response(Unauthorized("Send `Authorization: Bearer <METRICS_TOKEN>`"))
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    registry = counted()
    for each in _readings:
        registry.register(each)
    return registry


def counted() -> CollectorRegistry:
    """The metrics of this process, or of all that share `PROMETHEUS_MULTIPROC_DIR`."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    return registry


@signals.worker_process_shutdown.connect
def _forget_process(pid: int = 0, **_: object) -> None:
    """Live gauges of a worker child end with it; its counters stay."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
