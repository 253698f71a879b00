"""GET /health/."""

import pytest
from django.test import Client

from accounts.models import User
from removal import worker_registry
from removal.providers import failures
from tests.accounts.factories import api_key_for

pytestmark = pytest.mark.django_db


def test_it_tells_a_key_holder_what_runs_the_models(owner: User) -> None:
    worker_registry.report(model="lumiku-lite", engine="onnxruntime CPUExecutionProvider")
    answer = Client().get("/health/", headers={"x-api-key": api_key_for(owner)})
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "healthy"
    assert body["components"] == {"database": "ok", "valkey": "ok", "storage": "ok"}
    (process,) = body["inference"]
    assert process["model"] == "lumiku-lite"
    assert process["engine"] == "onnxruntime CPUExecutionProvider"
    assert process["failures"] == {}


def test_it_tells_which_models_cannot_be_used(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_known", {"u2net": "the model file u2net.onnx cannot be loaded"})
    worker_registry.report(model="lumiku-lite", engine="onnxruntime CPUExecutionProvider")
    (process,) = staff.get("/health/").json()["inference"]
    assert process["failures"] == {"u2net": "the model file u2net.onnx cannot be loaded"}


def test_a_process_that_ends_is_no_longer_listed(staff: Client) -> None:
    worker_registry.report(model="lumiku-lite", engine="onnxruntime CPUExecutionProvider")
    worker_registry.leave()
    assert staff.get("/health/").json()["inference"] == []


def test_a_stranger_without_a_key_is_refused() -> None:
    answer = Client().get("/health/")
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Unauthorized"}


def test_the_public_address_needs_no_key() -> None:
    assert Client().get("/health").json() == {"status": "healthy"}


def test_an_unreachable_broker_makes_it_unhealthy(api: Client, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    answer = api.get("/health/")
    assert answer.status_code == 503
    assert answer.json()["components"]["valkey"] == "unavailable"
