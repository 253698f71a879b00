"""POST /remove-bg/batch and GET /queue-status/{batch_id}."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from batches import services
from batches.archive import build
from batches.models import Batch
from billing import ledger
from billing.audit import audit
from removal.models import Job
from tests.batches.factories import worked, zipped
from tests.integrations.compat.calls import client_of, content, error_text
from tests.removal.factories import NOW, customer, photo, uploaded

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/remove-bg/batch"


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def files(count: int = 3) -> list[Any]:
    return [uploaded(photo((90 + number, 60)), f"image{number}.jpg") for number in range(count)]


def started(client: Client, count: int = 3) -> dict[str, Any]:
    answer = client.post(URL, {"images": files(count)})
    assert answer.status_code == 202, content(answer)
    body: dict[str, Any] = answer.json()
    return body


def status(client: Client, batch_id: str) -> dict[str, Any]:
    answer = client.get(f"/queue-status/{batch_id}")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_all_images_are_queued(api: Client, owner: User) -> None:
    body = started(api)
    batch = Batch.objects.get()
    assert body == {
        "message": "Added 3 files to processing queue",
        "batch_id": batch.public_id,
        "queued_files": ["image0.jpg", "image1.jpg", "image2.jpg"],
    }
    assert ledger.balance(user_id=owner.pk).held == 24


def test_the_queue_shows_each_image_until_the_zip_is_there(api: Client, owner: User) -> None:
    batch_id = started(api)["batch_id"]
    queued = status(api, batch_id)
    assert queued["files"][0] == {"filename": "image0.jpg", "status": "queued"}
    assert (queued["completed"], queued["download_url"]) == (False, None)
    batch = worked(Batch.objects.get(), fail=1)
    assert status(api, batch_id)["completed"] is False
    zipped(batch)
    ended = status(api, batch_id)
    assert [file["status"] for file in ended["files"]] == ["failed", "completed", "completed"]
    assert ended["completed"] is True
    path = ended["download_url"].split("/", 3)[3]
    assert content(Client().get(f"/{path}"))[:2] == b"PK"
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=84, held=0)


def test_one_image_is_a_batch_too(api: Client) -> None:
    assert started(api, 1)["message"] == "Added 1 file to processing queue"


def test_php_writes_the_name_of_a_list_with_brackets(api: Client) -> None:
    assert api.post(URL, {"images[]": files(2)}).status_code == 202


@pytest.mark.parametrize(
    ("images", "text"),
    [
        ([], "No image provided"),
        (["text"], "No image provided"),
        (
            [*files(1), uploaded(b"text", "a.png")],
            "File type not allowed. Supported types: png, jpg, jpeg, webp",
        ),
        (
            [uploaded(photo(kind="GIF", mode="P"), "a.jpg")],
            "File type not allowed. Supported types: png, jpg, jpeg, webp",
        ),
    ],
)
def test_refusals_queue_nothing(api: Client, owner: User, images: list[Any], text: str) -> None:
    answer = api.post(URL, {"images": images})
    assert (answer.status_code, error_text(answer)) == (400, text)
    assert not Batch.objects.exists()
    assert ledger.balance(user_id=owner.pk).held == 0


def test_a_file_that_is_too_large_refuses_all(api: Client, settings: Settings) -> None:
    settings.SURFACE_LIMITS = {**settings.SURFACE_LIMITS, "microservice": (100, 10**6)}
    answer = api.post(URL, {"images": files()})
    assert (answer.status_code, error_text(answer)) == (400, "File too large. Maximum size: 10MB")


def test_without_a_key(settings: Settings) -> None:
    settings.COMPAT_ANONYMOUS = False
    for answer in (Client().post(URL, {"images": files()}), Client().get("/queue-status/x")):
        assert (answer.status_code, error_text(answer)) == (401, "Unauthorized")


def test_foreign_and_unknown_batches(api: Client) -> None:
    batch_id = started(api)["batch_id"]
    for client, wanted in ((client_of(customer()), batch_id), (api, "1621234567"), (api, "a%00")):
        answer = client.get(f"/queue-status/{wanted}")
        assert answer.status_code == 404
        assert error_text(answer)


def test_without_credits_nothing_is_queued() -> None:
    answer = client_of(customer(5)).post(URL, {"images": files()})
    assert (answer.status_code, bool(error_text(answer))) == (402, True)
    assert not Job.objects.exists()


def test_the_same_images_are_the_same_batch(api: Client, owner: User) -> None:
    first = started(api)
    assert started(api) == first
    zipped(worked(Batch.objects.get()))
    assert started(client_of(owner)) == first
    assert ledger.balance(user_id=owner.pk).available == 76
    assert started(api, 2)["batch_id"] != first["batch_id"]


def test_after_an_erasure_they_are_a_new_batch(api: Client, owner: User) -> None:
    first = started(api)["batch_id"]
    zipped(worked(Batch.objects.get()))
    services.erase(user_id=owner.pk, batch_id=first, now=NOW)
    assert started(api)["batch_id"] != first


def test_without_an_account_it_is_free(settings: Settings) -> None:
    settings.COMPAT_ANONYMOUS = True
    batch_id = started(Client())["batch_id"]
    batch = worked(Batch.objects.get())
    assert build.build(batch_id=batch.pk)
    assert status(Client(), batch_id)["download_url"]
    batch.refresh_from_db()
    assert (batch.tier, batch.credits_used, batch.hold_id) == ("basic", 0, None)
    assert audit(now=NOW).breaches == ()
