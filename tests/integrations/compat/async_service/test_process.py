"""POST /process, GET /status/{id} and GET /download/{id}."""

import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from billing.audit import audit
from common import maintenance
from integrations.compat.async_service import services as async_service
from integrations.models import Process
from removal import erasure, runner, services
from removal.models import Job
from tests.accounts.factories import UserFactory
from tests.integrations.compat.calls import client_of, content, error_text
from tests.removal.factories import NOW, blank, customer, photo, uploaded

ABSENT = "5f0c6a9b-e2d1-4b7f-8c03-d1e9a4f7b262"
pytestmark = pytest.mark.django_db(transaction=True)
URL = "/process"


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def post(client: Client, **fields: Any) -> Any:
    given = {"file": uploaded(), "email": "you@example.com", **fields}
    return client.post(URL, {name: value for name, value in given.items() if value is not None})


def started(client: Client, **fields: Any) -> str:
    answer = post(client, **fields)
    assert answer.status_code == 202, content(answer)
    processing_id: str = _json(answer)["processing_id"]
    return processing_id


def work() -> None:
    for job in Job.objects.filter(status="queued"):
        runner.run(job.public_id)


def status(processing_id: str) -> Any:
    return Client().get(f"/status/{processing_id}")


def download(processing_id: str) -> Any:
    return Client().get(f"/download/{processing_id}")


def _json(answer: Any) -> Any:

    return json.loads(content(answer))


def problems(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422
    found = error_text(answer, "detail")
    assert all(set(entry) == {"type", "loc", "msg", "input"} for entry in found)
    return [(entry["type"], entry["loc"][1]) for entry in found]


def test_it_is_accepted_at_once_with_an_identifier(api: Client, settings: Settings) -> None:
    settings.BASE_URL = "https://images.example.com"
    body = _json(post(api))
    assert str(uuid.UUID(body["processing_id"])) == body["processing_id"]
    assert body == {
        "processing_id": body["processing_id"],
        "status_url": f"https://images.example.com/status/{body['processing_id']}",
        "message": "Processing started. Check your email when done.",
    }


def test_the_identifier_opens_status_and_image_without_a_key(api: Client, owner: User) -> None:
    pid = started(api)
    assert status(pid).json() == {"processing_id": pid, "status": "processing"}
    locked = download(pid)
    assert (locked.status_code, bool(error_text(locked, "detail"))) == (423, True)
    work()
    assert status(pid).json()["status"] == "completed"
    answer = download(pid)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{pid}.png"'
    assert Image.open(io.BytesIO(content(answer))).mode == "RGBA"
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=92, held=0)


@pytest.mark.parametrize("name", ["jpg", "jpeg", "JPEG"])
def test_jpeg_quality_and_scale(api: Client, name: str) -> None:
    sizes = []
    for quality in ("10", "95"):
        pid = started(api, output_format=name, quality=quality, scale="2")
        work()
        answer = download(pid)
        assert answer.headers["Content-Disposition"].endswith('.jpg"')
        assert answer.headers["Content-Type"] == "image/jpeg"
        data = content(answer)
        picture = Image.open(io.BytesIO(data))
        assert (picture.format, picture.size) == ("JPEG", (192, 128))
        sizes.append(len(data))
    assert sizes[0] < sizes[1]
    assert Image.open(io.BytesIO(data)).getpixel((1, 1)) == (255, 255, 255)


def test_a_model_that_the_tier_lacks_falls_back(api: Client) -> None:
    pid = started(api, model="u2net_human_seg")
    work()
    assert download(pid).headers["X-Model"] == "lumiku-lite"


def test_a_picture_without_a_subject_has_failed_and_costs_nothing(api: Client, owner: User) -> None:
    pid = started(api, file=uploaded(blank()))
    work()
    assert status(pid).json()["status"] == "failed"
    assert download(pid).status_code == 404
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_everything_that_is_wrong_is_named_at_once(api: Client) -> None:
    answer = post(
        api, file=None, email="", model="yolo", output_format="gif", quality="0", scale="much"
    )
    assert problems(answer) == [
        ("missing", "file"),
        ("missing", "email"),
        ("enum", "model"),
        ("enum", "output_format"),
        ("greater_than_equal", "quality"),
        ("float_parsing", "scale"),
    ]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"file": "text"}, "value_error"),
        ({"quality": "101"}, "less_than_equal"),
        ({"quality": "9.5"}, "int_parsing"),
        ({"quality": "٣"}, "int_parsing"),
        ({"scale": "nan"}, "finite_number"),
        ({"scale": "inf"}, "finite_number"),
        ({"scale": "5"}, "less_than_equal"),
        ({"scale": "-1"}, "greater_than_equal"),
        ({"email": "a" * 300}, "string_too_long"),
    ],
)
def test_a_value_that_does_not_fit(api: Client, fields: dict[str, Any], kind: str) -> None:
    assert problems(post(api, **fields)) == [(kind, next(iter(fields)))]


@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_files_that_are_no_pictures(api: Client, data: bytes) -> None:
    answer = post(api, file=uploaded(data))
    assert (answer.status_code, bool(error_text(answer, "detail"))) == (400, True)


def test_a_file_that_is_too_large(api: Client, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 500
    answer = post(api)
    assert (answer.status_code, "bytes" in error_text(answer, "detail")) == (413, True)


@pytest.mark.parametrize("pid", ["x", ABSENT, "..%2f", "%00", "1" * 5000])
def test_unknown_identifiers(pid: str, db: None) -> None:
    for answer in (status(pid), download(pid)):
        assert (answer.status_code, bool(error_text(answer, "detail"))) == (404, True)


def test_expired_and_erased_results(api: Client, owner: User) -> None:
    first, second = started(api), started(api, scale="2")
    work()
    erasure.expire(now=timezone.now() + timedelta(days=8))
    assert [status(first).status_code, download(first).status_code] == [404, 404]
    third = started(api, scale="3")
    work()
    job = Process.objects.get(pk=third).job_id
    services.erase(user_id=owner.pk, job_id=job, now=timezone.now())
    assert [status(third).status_code, download(second).status_code] == [404, 404]


def test_rows_go_a_day_after_their_results(api: Client) -> None:
    started(api)
    assert async_service.purge(now=timezone.now() + timedelta(days=7)) == 0
    assert async_service.purge(now=timezone.now() + timedelta(days=9)) == 1


def test_without_a_key(settings: Settings) -> None:
    settings.COMPAT_ANONYMOUS = False
    for client in (Client(), Client(headers={"authorization": "Bearer wrong"})):
        answer = post(client)
        assert (answer.status_code, bool(error_text(answer, "detail"))) == (401, True)


def test_without_credits_and_in_maintenance(api: Client) -> None:
    assert post(client_of(UserFactory())).status_code == 402
    pid = started(api)
    maintenance.begin(message="", by=UserFactory(is_staff=True), now=NOW)
    answer = post(api, scale="2")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert error_text(answer, "detail")
    work()
    assert download(pid).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/process", 405, "Method Not Allowed"),
        ("POST", "/status/x", 405, "Method Not Allowed"),
        ("GET", "/process/nothing", 404, "Not Found"),
        ("GET", "/download/", 404, "Not Found"),
    ],
)
def test_other_methods_and_paths_speak_its_format(
    api: Client, method: str, path: str, status: int, detail: str
) -> None:
    answer = api.generic(method, path)
    assert (answer.status_code, error_text(answer, "detail")) == (status, detail)


def test_another_content_type(api: Client) -> None:
    answer = api.post(URL, "{}", content_type="application/json")
    assert (answer.status_code, bool(error_text(answer, "detail"))) == (415, True)


def test_a_request_whose_answer_was_lost_is_joined(api: Client, owner: User) -> None:
    lost = post(api)
    lost.close()
    first = Process.objects.get()
    assert started(api) == str(first.pk)
    assert ledger.balance(user_id=owner.pk).held == 8
    assert started(api) != str(first.pk)
    assert ledger.balance(user_id=owner.pk).held == 16


def test_the_same_picture_for_somebody_else_is_another_request(api: Client) -> None:
    post(api).close()
    post(api, email="other@example.com").close()
    post(client_of(customer())).close()
    assert Process.objects.count() == 3


def test_without_an_account_it_is_free_and_basic(settings: Settings) -> None:
    settings.COMPAT_ANONYMOUS = True
    pid = started(Client(), file=uploaded(photo((90, 60))))
    work()
    assert download(pid).status_code == 200
    assert (Job.objects.get().tier, Job.objects.get().price) == ("basic", 0)
    assert audit(now=NOW).breaches == ()
