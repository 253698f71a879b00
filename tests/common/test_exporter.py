import os
import subprocess
import sys
from pathlib import Path

from sandbox.ports import free_port

SCRIPT = """
import django, os, urllib.request
django.setup()
from celery import signals
from removal.telemetry import ENDED
ENDED.labels("basic", "completed").inc(3)
signals.worker_ready.send(None)
address = f"http://127.0.0.1:{os.environ['WORKER_METRICS_PORT']}/metrics"
print(urllib.request.urlopen(address).read().decode())
os._exit(0)
"""


def page(tmp_path: Path) -> str:
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "WORKER_METRICS_PORT": str(free_port()),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_a_worker_shows_what_its_processes_have_counted(tmp_path: Path) -> None:
    assert 'lumiku_jobs_total{status="completed",tier="basic"} 3.0' in page(tmp_path)
