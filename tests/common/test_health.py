from typing import Any

import pytest
from django.db import connection
from django.test import Client

from common.observability import health
from sandbox.ports import free_port


def test_health_is_public_and_cheap() -> None:
    # No database mark: a query would fail this test.
    response = Client().get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "healthy"})
    assert response.headers["Cache-Control"] == "no-store"


def test_health_is_only_read() -> None:
    assert Client().head("/health").status_code == 200
    assert Client().post("/health").status_code == 405


@pytest.mark.django_db
def test_ready_when_every_component_answers() -> None:
    response = Client().get("/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "components": {"database": "ok", "valkey": "ok", "storage": "ok"},
        "maintenance": "off",
    }


@pytest.mark.django_db
def test_not_ready_without_valkey(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port(None)}/0"
    response = Client().get("/ready")
    assert response.status_code == 503
    assert response.json()["components"]["valkey"] == "unavailable"
    assert response.json()["components"]["database"] == "ok"


@pytest.mark.django_db
def test_not_ready_without_a_database() -> None:
    with connection.execute_wrapper(_refuse):
        assert health.checks()["database"] == "unavailable"


def _refuse(*_: Any) -> None:
    raise OSError("connection refused")
