"""POST /background-remover/batch: what comes back, what is held, and what goes on regardless."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches.models import Batch
from billing import ledger
from common.http.auth import Scope
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.batches.factories import files, statuses
from tests.batches.uploads.factories import ids, uploaded
from tests.removal.conftest import Files, client_of
from tests.removal.factories import customer, photo
from tests.removal.factories import uploaded as one_file

URL = "/v1/background-remover/batch"

pytestmark = pytest.mark.django_db


def post(client: Client, images: list[Any] | None = None, **fields: Any) -> Any:
    headers = fields.pop("headers", None)
    body = {"images": files() if images is None else images, "tier": "basic", **fields}
    return client.post(URL, body, headers=headers)


def test_answers_as_documented() -> None:
    api = client_of(customer(1000))
    answer = post(api, files(51), tier="standard")
    data = answer.json()["data"]
    assert answer.status_code == 201
    batch = Batch.objects.get()
    assert data == {
        "batchId": batch.public_id,
        "totalImages": 51,
        "tier": "standard",
        "pricing": {
            "baseCreditsPerImage": 8,
            "baseTotal": 408,
            "discountPercentage": 10,
            "discountAmount": 40,
            "finalTotal": 368,
            "creditsPerImageAfterDiscount": 7.2157,
        },
        "estimatedCompletionMinutes": data["estimatedCompletionMinutes"],
        "status": "pending",
        "createdAt": data["createdAt"],
    }
    assert data["batchId"].startswith("batch_")
    assert data["estimatedCompletionMinutes"] >= 1


def test_the_whole_price_is_held_at_once(api: Client, owner: User) -> None:
    post(api, tier="standard")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=76, held=24)


def test_shares_are_whole_and_add_up() -> None:
    post(client_of(customer(1000)), files(51), tier="standard")
    prices = list(Job.objects.order_by("position").values_list("price", flat=True))
    assert (sum(prices), min(prices), max(prices)) == (368, 7, 8)


def test_images_wait_in_the_order_sent(api: Client) -> None:
    post(api, files(4))
    jobs = Job.objects.order_by("position")
    assert [(job.position, job.filename, job.status) for job in jobs] == [
        (number, f"image{number}.jpg", "queued") for number in range(4)
    ]


def test_originals_are_stored_under_the_owners_name(
    api: Client, owner: User, stored: Files
) -> None:
    post(api)
    kept = [job.original_key for job in Job.objects.all()]
    assert list(stored) == sorted(kept)
    assert all(key.startswith(f"uploads/background-remover/{owner.public_id}/job_") for key in kept)


def test_an_unreadable_file_is_a_failed_item_and_the_batch_goes_on(
    api: Client, stored: Files
) -> None:
    answer = post(api, files(2, broken=1))
    assert answer.status_code == 201
    batch = Batch.objects.get()
    assert (batch.status, statuses(batch)) == ("pending", ["queued", "queued", "failed"])
    broken = Job.objects.get(status="failed")
    assert (broken.error_code, broken.width, broken.height) == ("INVALID_FILE_TYPE", 0, 0)
    assert len(list(stored)) == 2


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(50), b"\xff\xd8\xff\xe0" + bytes(20)])
def test_a_file_that_is_no_image_is_a_failed_item(api: Client, data: bytes) -> None:
    assert post(api, [*files(2), one_file(data, "odd.jpg")]).status_code == 201
    assert Job.objects.get(status="failed").error_message


def test_a_result_known_to_be_too_large_is_a_failed_item_without_a_file(
    api: Client, stored: Files
) -> None:
    long = photo((16_384, 8), "PNG")
    answer = post(api, [one_file(long, "long.png"), one_file()], format="webp")
    assert answer.status_code == 201, answer.content
    first, second = Job.objects.order_by("position")
    assert (first.status, first.error_code, first.attempts) == ("failed", "INVALID_INPUT", 0)
    assert second.status == "queued"
    assert list(stored) == [second.original_key]


def test_all_unreadable_ends_at_once_and_costs_nothing(
    api: Client, owner: User, stored: Files
) -> None:
    answer = post(api, files(0, broken=3))
    assert (answer.status_code, answer.json()["data"]["status"]) == (201, "failed")
    batch = Batch.objects.get()
    assert (batch.error_code, batch.failed_images, batch.credits_used) == ("BATCH_FAILED", 3, 0)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert list(stored) == []


def test_options_name_and_webhook_are_kept(api: Client) -> None:
    hook = "https://shop.example.com/hook"
    post(api, format="webp", quality="80", crop="true", name="Spring", webhookUrl=hook)
    batch = Batch.objects.get()
    assert (batch.name, batch.webhook_url) == ("Spring", hook)
    assert batch.options == {"format": "webp", "quality": 80, "crop": True}
    assert set(Job.objects.values_list("options__format", flat=True)) == {"webp"}


def test_a_name_is_one_line(api: Client) -> None:
    post(api, name="Spring\r\nBcc:  me\u202e\x07!")
    assert Batch.objects.get().name == "Spring Bcc: me!"


def test_one_background_is_stored_for_all(api: Client, stored: Files) -> None:
    post(api, bg_image=one_file(name="beach.jpg"))
    batch = Batch.objects.get()
    assert set(Job.objects.values_list("background_key", flat=True)) == {batch.background_key}
    assert batch.background_key in list(stored)
    assert len(list(stored)) == 4


def test_starts_from_uploads(api: Client, owner: User) -> None:
    sent = uploaded(owner, *[files()[0].read()] * 2)
    answer = api.post(
        URL, {"uploadIds": ids(sent), "tier": "basic"}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    jobs = Job.objects.order_by("position")
    assert [job.original_key for job in jobs] == [upload.key for upload in sent]
    assert {job.status for job in jobs} == {"queued"}


def test_an_upload_serves_one_batch_only(api: Client, owner: User) -> None:
    body = json.dumps(
        {"uploadIds": ids(uploaded(owner, *[files()[0].read()] * 2)), "tier": "basic"}
    )
    first, second = [api.post(URL, body, content_type="application/json") for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 409)
    assert Batch.objects.count() == 1


def test_an_api_key_with_the_scope_may(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_WRITE])
    assert post(Client(headers={"x-api-key": key})).status_code == 201


def test_an_api_key_that_only_reads_may_not(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert post(Client(headers={"x-api-key": key})).status_code == 403


def test_answers_under_api_and_with_a_trailing_slash(api: Client) -> None:
    body = {"images": files(), "tier": "basic"}
    assert api.post("/api/background-remover/batch/", body).status_code == 201


def test_the_same_key_starts_once(api: Client, owner: User) -> None:
    headers = {"Idempotency-Key": "k"}
    first = post(api, headers=headers)
    again = post(api, headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ledger.balance(user_id=owner.pk).held == 9


def test_the_same_key_with_other_images_is_refused(api: Client) -> None:
    post(api, headers={"Idempotency-Key": "k"})
    answer = post(api, files(4), headers={"Idempotency-Key": "k"})
    assert answer.json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_the_same_uploads_under_the_same_key_survive_a_lost_answer(owner: User) -> None:
    """The process died between the commit and the stored answer: only the batch knows the key."""
    from batches.creation import services as creation
    from batches.creation.requests import BatchRequest

    sent = ids(uploaded(owner, *[files()[0].read()] * 2))
    wanted = BatchRequest(tier="basic", fields={}, upload_ids=sent, idempotency_key="k")
    first, again = [
        creation.start(user=owner, request=wanted, now=timezone.now()) for _ in range(2)
    ]
    assert first.pk == again.pk


def test_limits_count_batches_alone(api: Client, settings: Settings) -> None:
    answer = post(api)
    assert answer.headers["X-RateLimit-Limit"] == "5"
    assert api.get(URL).headers["X-RateLimit-Limit"] == "120"


def test_the_price_is_that_of_the_images_that_can_be_read(api: Client, owner: User) -> None:
    data = post(api, files(images=2, broken=1)).json()["data"]
    assert data["totalImages"] == 3
    assert (data["pricing"]["baseTotal"], data["pricing"]["finalTotal"]) == (6, 6)
    assert data["pricing"]["creditsPerImageAfterDiscount"] == 3
