"""DELETE /background-remover/jobs/{id}."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from common.http.auth import Scope
from removal import claims, runner
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.removal.conftest import Files
from tests.removal.factories import all_files, completed, queued

pytestmark = pytest.mark.django_db


def url(job: Job) -> str:
    return f"/v1/background-remover/jobs/{job.public_id}"


def test_files_go_and_the_row_is_redacted(api: Client, owner: User, stored: Files) -> None:
    job = completed(
        owner,
        fields={"bg_color": "red"},
        request_id="req_1",
        idempotency_key="k",
        webhook_url="https://example.com/h",
    )
    answer = api.delete(url(job))
    job.refresh_from_db()
    assert answer.status_code == 200
    assert list(stored) == []
    personal = (
        job.filename,
        job.original_key,
        job.result_key,
        job.request_id,
        job.fingerprint,
        job.webhook_url,
    )
    assert set(personal) == {""}
    assert job.options == {}
    assert job.idempotency_key is None
    assert job.erased_at is not None


def test_the_charge_stays_on_record(api: Client, owner: User) -> None:
    job = completed(owner)
    api.delete(url(job))
    data = api.get(url(job)).json()["data"]
    assert (data["creditsUsed"], data["originalUrl"], data["processedUrl"]) == (3, None, None)
    assert data["erasedAt"].endswith("Z")
    assert ledger.balance(user_id=owner.pk).available == 97


def test_erasing_twice_is_harmless(api: Client, owner: User) -> None:
    job = completed(owner)
    first = api.delete(url(job)).json()["data"]["erasedAt"]
    assert api.delete(url(job)).json()["data"]["erasedAt"] == first


def test_queued_job_is_cancelled_first(api: Client, owner: User, stored: Files) -> None:
    job = queued(owner)
    assert api.delete(url(job)).json()["data"]["status"] == "cancelled"
    assert list(stored) == []
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_worker_loses_a_job_that_is_erased_meanwhile(
    api: Client, owner: User, stored: Files
) -> None:
    queued(owner)
    [job] = claims.claim(limit=1, now=timezone.now())
    result = runner.cut_out(job)
    api.delete(url(job))
    runner._complete(job, result, timezone.now())
    job.refresh_from_db()
    assert (job.status, list(stored)) == ("cancelled", [])
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_result_of_a_dead_worker_goes_too(api: Client, owner: User, stored: Files) -> None:
    queued(owner, fields={"format": "webp"})
    [job] = claims.claim(limit=1, now=timezone.now())
    runner.cut_out(job)
    api.delete(url(job))
    assert list(stored) == []


def test_stranger_and_staff_get_404(
    stranger: Client, staff: Client, owner: User, stored: Files
) -> None:
    job = completed(owner)
    assert stranger.delete(url(job)).status_code == 404
    assert staff.delete(url(job)).status_code == 404
    assert list(stored) == all_files(job)


def test_anonymous_gets_401(owner: User) -> None:
    assert Client().delete(url(queued(owner))).status_code == 401


def test_reading_key_may_not_erase(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert Client(headers={"x-api-key": key}).delete(url(queued(owner))).status_code == 403
