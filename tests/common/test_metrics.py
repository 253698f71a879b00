import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client import REGISTRY

from common.observability import metrics
from tests.common.http import error


def scrape() -> Any:
    return Client().get("/metrics", headers={"Authorization": "Bearer test-metrics-token"})


def count(route: str, status: str, method: str = "GET") -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("lumiku_http_requests_total", labels) or 0.0


@pytest.mark.django_db
def test_the_page_is_in_prometheus_format() -> None:
    Client().get("/echo")
    response = scrape()
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    assert 'lumiku_http_requests_total{method="GET",route="echo",status="200"}' in response.text
    assert 'lumiku_waiting{queue="batch"} 0.0' in response.text


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer", "test-metrics-token", "é"])
def test_the_page_needs_the_token(authorization: str) -> None:
    response = Client().get("/metrics", headers={"Authorization": authorization})
    assert (response.status_code, error(response)["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("authorization", ["Bearer ", "Bearer test-metrics-token"])
def test_without_a_configured_token_there_is_no_page(settings: Any, authorization: str) -> None:
    settings.METRICS_TOKEN = ""
    response = Client().get("/metrics", headers={"Authorization": authorization})
    assert response.status_code == 404


def test_requests_are_counted_by_route_and_status() -> None:
    before = count("echo-name", "200")
    Client().get("/echo/somebody")
    Client().get("/echo/else")
    assert count("echo-name", "200") == before + 2


def test_errors_are_counted() -> None:
    before = count("failing", "500")
    Client().get("/failing/bug")
    assert count("failing", "500") == before + 1


@pytest.mark.django_db
def test_callers_cannot_make_new_series() -> None:
    before = count(metrics.UNMATCHED, "404")
    for path in ("/random-1", "/random-2"):
        Client().get(path)
    Client().generic("BREW", "/random-3")
    assert count(metrics.UNMATCHED, "404") == before + 2
    assert "random" not in scrape().text
    assert "BREW" not in scrape().text


def test_several_processes_are_added_up(tmp_path: Path) -> None:
    """One process counts, another counts too and shows the sum."""
    work = "from common.observability import metrics; metrics.HTTP_SECONDS.labels('x').observe(1)"
    show = (
        "from common.observability import metrics; from prometheus_client import generate_latest;"
        "print(generate_latest(metrics.counted()).decode())"
    )
    in_process(work, tmp_path)
    shown = in_process(f"{work};{show}", tmp_path)
    assert 'lumiku_http_request_seconds_count{route="x"} 2.0' in shown


def test_without_a_database_only_what_it_would_say_is_left_out() -> None:
    def read() -> dict[str, float]:
        raise OperationalError

    assert list(metrics.Reading("waiting", "…", "queue", read).collect()) == []


def in_process(code: str, folder: Path) -> str:
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
