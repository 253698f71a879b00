"""POST /background-remover/batch/{id}/retry: what failed on our side or was cancelled, once more,
for the rest of the price of one clean batch.
"""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from batches.models import Batch
from billing import ledger
from common import storage
from removal.models import Job
from tests.batches.factories import (
    claimed,
    ended,
    given_up,
    started,
    statuses,
    succeed,
    worked,
    zipped,
)
from tests.removal.conftest import Files, client_of
from tests.removal.factories import customer, uploaded

pytestmark = pytest.mark.django_db


def retry(client: Client, batch: Batch, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/v1/background-remover/batch/{batch.public_id}/retry", headers=headers)


def test_only_the_failed_images_run_again(api: Client, owner: User) -> None:
    parent = ended(owner, images=4, fail=2)
    answer = retry(api, parent)
    assert answer.status_code == 201, answer.content
    batch = Batch.objects.get(public_id=answer.json()["data"]["batchId"])
    jobs = Job.objects.filter(batch_id=batch.pk).order_by("position")
    assert [(job.filename, job.position, job.status) for job in jobs] == [
        ("image0.jpg", 0, "queued"),
        ("image1.jpg", 1, "queued"),
    ]
    assert (batch.retry_of_id, batch.total_images) == (parent.pk, 2)


def test_both_together_cost_one_clean_batch() -> None:
    user = customer(1000)
    parent = ended(user, images=51, fail=3, tier="standard")
    data = retry(client_of(user), parent).json()["data"]
    assert parent.credits_used == 346
    assert data["pricing"] == {
        "baseCreditsPerImage": 8,
        "baseTotal": 24,
        "discountPercentage": 10,
        "discountAmount": 2,
        "finalTotal": 22,
        "creditsPerImageAfterDiscount": pytest.approx(22 / 3, abs=1e-4),
    }
    zipped(worked(Batch.objects.latest("pk")))
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=1000 - 368, held=0)


def test_of_a_retry_only_what_finishes_is_charged() -> None:
    user = customer(1000)
    parent = ended(user, images=51, fail=3, tier="standard")
    retry(client_of(user), parent)
    second = zipped(worked(Batch.objects.latest("pk"), fail=1))
    assert second.credits_used == 50 * 368 // 51 - 346
    retry(client_of(user), second)
    third = zipped(worked(Batch.objects.latest("pk")))
    assert parent.credits_used + second.credits_used + third.credits_used == 368


def test_cancelled_images_can_be_tried_again(api: Client, owner: User) -> None:
    parent = started(owner, images=4)
    succeed(claimed(parent)[0])
    api.post(f"/v1/background-remover/batch/{parent.public_id}/cancel")
    parent = zipped(parent)
    assert (parent.status, parent.credits_used) == ("cancelled", 3)
    answer = retry(api, parent)
    assert answer.json()["data"]["totalImages"] == 3
    second = zipped(worked(Batch.objects.latest("pk")))
    assert (second.status, second.credits_used) == ("completed", 9)


def test_undelivered_images_can_be_tried_again(api: Client, owner: User) -> None:
    parent = given_up(worked(started(owner, images=3)))
    data = retry(api, parent).json()["data"]
    assert (data["totalImages"], data["pricing"]["finalTotal"]) == (3, 9)


def test_a_refusal_uses_up_no_start(api: Client, owner: User) -> None:
    first, second = ended(owner), ended(owner, fail=1)
    assert {retry(api, first).status_code for _ in range(8)} == {409}
    answer = retry(api, second)
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (201, "1")
    assert {retry(api, second).status_code for _ in range(8)} == {409}


def test_a_refusal_says_why_even_when_no_start_is_left(api: Client, owner: User) -> None:
    retried = [ended(owner, fail=1) for _ in range(3)]
    assert [retry(api, batch).status_code for batch in retried] == [201, 201, 429]
    assert retry(api, retried[0]).status_code == 409


def test_one_image_is_enough(api: Client, owner: User) -> None:
    assert retry(api, ended(owner, fail=1)).json()["data"]["totalImages"] == 1


def test_a_retry_keeps_the_output_options(api: Client, owner: User) -> None:
    hook = "https://shop.example.com/hook"
    retry(api, ended(owner, fail=1, fields={"scale": 0.5}, name="Spring", webhook_url=hook))
    batch = Batch.objects.latest("pk")
    assert (batch.options, batch.name, batch.webhook_url) == ({"scale": 0.5}, "Spring", hook)


def test_files_are_copies_of_its_own(api: Client, owner: User) -> None:
    from removal.intake import Upload

    parent = ended(owner, fail=1, background=Upload(uploaded(), "beach.jpg"))  # type: ignore[arg-type]
    retry(api, parent)
    batch = Batch.objects.latest("pk")
    api.delete(f"/v1/background-remover/batch/{parent.public_id}")
    job = Job.objects.get(batch_id=batch.pk)
    assert storage.exists(job.original_key)
    assert storage.exists(batch.background_key)
    assert job.background_key == batch.background_key


def test_a_retry_says_whose_it_is(api: Client, owner: User) -> None:
    parent = ended(owner, fail=1)
    again = retry(api, parent).json()["data"]["batchId"]
    shown = {
        batch: api.get(f"/v1/background-remover/batch/{batch}").json()["data"]
        for batch in (parent.public_id, again)
    }
    assert shown[parent.public_id]["retryBatchId"] == again
    assert shown[again]["retryOf"] == parent.public_id


def test_a_retry_can_be_retried_and_runs_to_its_end(api: Client, owner: User) -> None:
    retry(api, ended(owner, images=4, fail=2))
    second = zipped(worked(Batch.objects.latest("pk"), fail=1))
    assert (second.status, second.credits_used) == ("completed", 3)
    assert retry(api, second).json()["data"]["totalImages"] == 1


def test_once_per_batch(api: Client, owner: User) -> None:
    parent = ended(owner, fail=1)
    again = retry(api, parent).json()["data"]["batchId"]
    answer = retry(api, parent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert answer.json()["error"]["details"] == {
        "batchId": parent.public_id,
        "retryBatchId": again,
    }


def test_the_same_key_gets_the_same_retry(api: Client, owner: User) -> None:
    parent = ended(owner, fail=1)
    assert retry(api, parent, "k").json() == retry(api, parent, "k").json()
    assert ledger.balance(user_id=owner.pk).held == 3


def test_not_while_it_runs(api: Client, owner: User) -> None:
    answer = retry(api, started(owner, broken=1))
    assert (answer.status_code, answer.json()["error"]["details"]["status"]) == (409, "pending")


@pytest.mark.parametrize("parent", [{}, {"broken": 2}])
def test_nothing_to_retry(api: Client, owner: User, stored: Files, parent: dict[str, int]) -> None:
    """Files that were refused are not kept, so there is nothing to try again."""
    batch = ended(owner, **parent)
    before = list(stored)
    assert retry(api, batch).status_code == 409
    assert list(stored) == before
    assert Batch.objects.count() == 1


def test_too_few_credits(stored: Files) -> None:
    poor = customer(9)
    parent = ended(poor, fail=1)
    ledger.adjust(user_id=poor.pk, credits=-3, key="t", reason="spent", actor_id=None)
    before = list(stored)
    answer = retry(client_of(poor), parent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "INSUFFICIENT_CREDITS")
    assert list(stored) == before


def test_others_find_nothing(stranger: Client, staff: Client, owner: User) -> None:
    parent = ended(owner, fail=1)
    assert [retry(client, parent).status_code for client in (stranger, staff)] == [404, 404]
    assert statuses(parent) == ["failed", "completed", "completed"]


def test_counts_as_a_start(api: Client, owner: User) -> None:
    assert retry(api, ended(owner, fail=1)).headers["X-RateLimit-Limit"] == "5"


def test_originals_that_vanish_meanwhile(api: Client, owner: User, stored: Files) -> None:
    parent = ended(owner, images=4, fail=2)
    gone = Job.objects.filter(batch_id=parent.pk, status="failed").latest("position")
    storage.delete(gone.original_key)
    before = list(stored)
    assert retry(api, parent).status_code == 409
    assert list(stored) == before
    assert ledger.balance(user_id=owner.pk).held == 0
