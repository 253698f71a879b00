"""GET /background-remover/batch/{id}: how far it is, for its owner alone."""

import pytest
from django.test import Client

from accounts.models import User
from common.http.auth import Scope
from tests.accounts.factories import api_key_for
from tests.batches.factories import break_down, claimed, ended, started, succeed, worked

pytestmark = pytest.mark.django_db


def url(batch_id: str) -> str:
    return f"/v1/background-remover/batch/{batch_id}"


def test_answers_as_documented_while_it_runs(api: Client, owner: User) -> None:
    batch = started(owner, images=6, broken=1)
    taken = claimed(batch, images=3)
    succeed(taken[0])
    succeed(taken[1])
    data = api.get(url(batch.public_id)).json()["data"]
    assert (data["batchId"], data["status"], data["tier"]) == (
        batch.public_id,
        "processing",
        "basic",
    )
    assert data["progress"] == {
        "totalImages": 7,
        "processedImages": 2,
        "failedImages": 1,
        "cancelledImages": 0,
        "percentage": 42,
    }
    assert data["pricing"] == {"totalCredits": 18, "discountPercentage": 0, "creditsUsed": 0}
    assert data["timing"]["startedAt"] is not None
    assert data["timing"]["estimatedCompletionAt"] >= data["timing"]["startedAt"]
    assert (data["zipUrl"], data["zipSizeBytes"], data["completedAt"]) == (None, None, None)


def test_a_new_batch_is_pending_and_has_an_estimate(api: Client, owner: User) -> None:
    data = api.get(url(started(owner).public_id)).json()["data"]
    assert (data["status"], data["timing"]["startedAt"]) == ("pending", None)
    assert data["timing"]["estimatedCompletionAt"] is not None


def test_answers_as_documented_when_completed(api: Client, owner: User) -> None:
    batch = ended(owner, images=3, fail=1)
    data = api.get(url(batch.public_id)).json()["data"]
    assert data["status"] == "completed"
    assert data["progress"] == {
        "totalImages": 3,
        "processedImages": 2,
        "failedImages": 1,
        "cancelledImages": 0,
        "percentage": 100,
    }
    assert data["pricing"]["creditsUsed"] == 6
    assert data["zipUrl"].startswith(f"/batches/{batch.public_id}.zip?")
    assert data["zipSizeBytes"] == batch.zip_size
    assert data["timing"]["estimatedCompletionAt"] is None
    assert data["completedAt"].endswith("Z")


def test_a_failed_batch_says_why(api: Client, owner: User) -> None:
    batch = worked(started(owner, images=2), fail=2)
    data = api.get(url(batch.public_id)).json()["data"]
    assert (data["status"], data["error"]["code"]) == ("failed", "BATCH_FAILED")
    assert data["zipUrl"] is None


def test_every_image_counts_once(api: Client, owner: User) -> None:
    batch = started(owner, images=3)
    for job in claimed(batch, images=3):
        break_down(job)
    progress = api.get(url(batch.public_id)).json()["data"]["progress"]
    assert (progress["failedImages"], progress["percentage"]) == (3, 100)


def test_a_stranger_finds_nothing(stranger: Client, owner: User) -> None:
    answer = stranger.get(url(started(owner).public_id))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_staff_find_nothing_here_either(staff: Client, owner: User) -> None:
    assert staff.get(url(started(owner).public_id)).status_code == 404


def test_anonymous_is_refused(owner: User) -> None:
    assert Client().get(url(started(owner).public_id)).status_code == 401


def test_an_api_key_that_reads_may(owner: User) -> None:
    client = Client(headers={"x-api-key": api_key_for(owner, scopes=[Scope.REMOVAL_READ])})
    assert client.get(url(started(owner).public_id)).status_code == 200


def test_an_unknown_batch(api: Client) -> None:
    assert api.get(url("batch_nope")).status_code == 404
