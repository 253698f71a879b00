"""GET /background-remover/jobs/{id}."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.http.auth import Scope
from removal.engine import registry
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.removal.factories import completed, photo, queued, row

pytestmark = pytest.mark.django_db


def url(job: Job) -> str:
    return f"/v1/background-remover/jobs/{job.public_id}"


def data_of(client: Client, job: Job) -> dict[str, Any]:
    answer = client.get(url(job))
    assert answer.status_code == 200
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_completed_job_as_documented(api: Client, owner: User) -> None:
    job = completed(owner, tier="professional")
    data = data_of(api, job)
    assert data["id"] == job.public_id
    assert (data["status"], data["tier"]) == ("completed", "professional")
    assert data["originalUrl"].startswith(f"/{job.original_key}?")
    assert data["processedUrl"].startswith(f"/{job.result_key}?")
    assert (data["creditsUsed"], data["pricingType"]) == (15, "credits")
    assert (data["aiProvider"], data["modelName"]) == ("local", "lumiku-lite")
    assert data["modelVersion"] == registry.MODELS["lumiku-lite"].version
    assert (data["engine"], data["device"]) == ("onnxruntime CPUExecutionProvider", "cpu")
    assert data["metadata"] == {
        "fileSizeBytes": len(photo()),
        "width": 96,
        "height": 64,
        "format": "jpg",
    }
    assert data["createdAt"].endswith("Z")
    assert data["completedAt"].endswith("Z")
    assert data["error"] is None


def test_queued_job_has_no_result_yet(api: Client, owner: User) -> None:
    data = data_of(api, queued(owner))
    assert (data["status"], data["creditsUsed"]) == ("queued", 0)
    assert data["processedUrl"] is None
    assert data["completedAt"] is None


def test_failed_job_says_why(api: Client, owner: User) -> None:
    job = completed(owner, data=photo((400, 300))[:2000])
    data = data_of(api, job)
    assert (data["status"], data["creditsUsed"]) == ("failed", 0)
    assert data["error"]["code"] == "INVALID_FILE_TYPE"


def test_stranger_gets_404(stranger: Client, owner: User) -> None:
    answer = stranger.get(url(row(owner)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_staff_gets_404_too(staff: Client, owner: User) -> None:
    assert staff.get(url(row(owner))).status_code == 404


def test_anonymous_gets_401(owner: User) -> None:
    assert Client().get(url(row(owner))).status_code == 401


def test_unknown_job(api: Client) -> None:
    assert api.get("/v1/background-remover/jobs/job_nothing").status_code == 404


def test_key_needs_the_scope(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_WRITE])
    client = Client(headers={"x-api-key": key})
    assert client.get(url(row(owner))).status_code == 403


def test_expired_result_has_no_url(api: Client, owner: User) -> None:
    data = data_of(api, row(owner, expired_at=timezone.now()))
    assert data["processedUrl"] is None
    assert data["expiredAt"].endswith("Z")
