"""POST /background-remover/remove: the forms of its answer, and images inside JSON."""

import base64
import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from removal import services
from removal.models import Job
from tests.removal.conftest import client_of
from tests.removal.factories import customer, photo, uploaded, working

URL = "/v1/background-remover/remove"

pytestmark = pytest.mark.django_db(transaction=True)


def post(api: Client, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    """Waits for nothing: without a worker a job stays queued."""
    body = {"image": uploaded(name="rote Scheibe.jpg"), "tier": "basic", **fields}
    return api.post(URL, body, headers=headers)


def post_json(api: Client, **fields: Any) -> Any:
    with working():
        return api.post(URL, {"tier": "basic", **fields}, content_type="application/json")


def balance(user: User) -> ledger.Balance:
    return ledger.balance(user_id=user.pk)


@pytest.mark.parametrize(
    ("fields", "kind", "name"),
    [
        ({}, "image/png", "removed-rote Scheibe.png"),
        ({"format": "webp"}, "image/webp", "removed-rote Scheibe.webp"),
        ({"format": "zip"}, "application/zip", "removed-rote Scheibe.zip"),
    ],
)
def test_an_accept_header_for_images_gets_the_image(
    api: Client, fields: dict[str, str], kind: str, name: str
) -> None:
    with working():
        answer = post(api, headers={"accept": "image/*"}, **fields)
    assert answer.status_code == 200
    assert answer["Content-Type"] == kind
    assert f'filename="{name}"' in answer["Content-Disposition"]
    job = Job.objects.get()
    assert answer["X-Job-Id"] == job.public_id
    assert (answer["X-Credits-Used"], answer["X-Pricing-Type"]) == ("3", "credits")
    assert (answer["X-Model"], answer["X-Tier"]) == (job.model_name, "basic")
    assert "Accept" in answer["Vary"]
    content = b"".join(answer.streaming_content)
    assert len(content) == job.result_size
    if kind != "application/zip":
        assert Image.open(io.BytesIO(content)).size == (96, 64)


def test_a_picture_is_whole_whatever_range_is_asked_for(api: Client) -> None:
    with working():
        answer = post(api, headers={"accept": "image/png", "range": "bytes=0-9"})
    assert answer.status_code == 200
    assert len(b"".join(answer.streaming_content)) == Job.objects.get().result_size


def test_a_refusal_stays_json_for_who_asks_for_a_picture(api: Client) -> None:
    answer = post(api, headers={"accept": "image/png"}, tier="golden")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_INPUT"


def test_a_picture_may_be_asked_for_again_with_its_key(api: Client, owner: User) -> None:
    headers = {"accept": "image/png", "idempotency-key": "k1"}
    with working():
        answers = [post(api, headers=headers) for _ in range(2)]
    contents = [b"".join(answer.streaming_content) for answer in answers]
    assert contents[0] == contents[1]
    assert Job.objects.count() == 1
    assert balance(owner) == ledger.Balance(available=97, held=0)


@pytest.mark.parametrize(
    ("fields", "headers"), [({"async": "true"}, {}), ({}, {"prefer": "respond-async"})]
)
def test_a_caller_that_does_not_wait_gets_the_job(
    api: Client, owner: User, fields: dict[str, str], headers: dict[str, str]
) -> None:
    answer = post(api, headers=headers, **fields)
    job = answer.json()["data"]
    assert (answer.status_code, job["status"], job["filename"]) == (
        202,
        "queued",
        "rote Scheibe.jpg",
    )
    assert answer["Preference-Applied"] == "respond-async"
    assert answer["Location"] == job["statusUrl"]
    assert balance(owner) == ledger.Balance(available=97, held=3)
    with working():
        services.wait(job=Job.objects.get(), timeout_s=60)
    done = api.get(job["statusUrl"]).json()["data"]
    assert (done["id"], done["status"]) == (job["jobId"], "completed")
    assert balance(owner) == ledger.Balance(available=97, held=0)


def test_the_same_key_tells_how_the_job_is_by_now(api: Client) -> None:
    headers = {"prefer": "respond-async", "idempotency-key": "k1"}
    first = post(api, headers=headers)
    with working():
        services.wait(job=Job.objects.get(), timeout_s=60)
    second = post(api, headers=headers)
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json()["data"]["jobId"] == first.json()["data"]["jobId"]
    assert Job.objects.count() == 1


def test_async_may_be_said_in_json_and_must_be_a_truth_value(api: Client) -> None:
    wanted = {"image_b64": base64.b64encode(photo()).decode(), "tier": "basic"}
    answer = api.post(URL, {**wanted, "async": True}, content_type="application/json")
    assert answer.status_code == 202
    answer = api.post(URL, {**wanted, "async": "soon"}, content_type="application/json")
    assert "true or false" in answer.json()["error"]["message"]


def test_a_wait_that_ends_in_time_is_answered_with_the_result(api: Client) -> None:
    with working():
        answer = post(api, headers={"prefer": "respond-async, wait=30"})
    assert answer.status_code == 200


def test_the_wait_is_capped_by_the_server(api: Client, settings: Settings) -> None:
    settings.SINGLE_TIMEOUT_S = 0
    assert post(api, headers={"prefer": "wait=600"}).status_code == 202


@pytest.mark.parametrize("before", ["", "data:image/jpeg;base64,", " data:;base64,\n"])
def test_an_image_may_come_as_base64(api: Client, before: str) -> None:
    text = base64.encodebytes(photo()).decode()
    answer = post_json(api, image_b64=f"{before}{text}")
    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["metadata"]["originalSize"] == len(photo())


@pytest.mark.parametrize("text", ["%%%", "data:image/png,abc", "AAA"])
def test_malformed_base64_is_refused(api: Client, text: str) -> None:
    error = post_json(api, image_b64=text).json()["error"]
    assert error["message"] == "image_b64: not base64"


def test_base64_of_something_else_is_no_image(api: Client) -> None:
    error = post_json(api, image_b64=base64.b64encode(b"text").decode()).json()["error"]
    assert error["code"] == "INVALID_FILE_TYPE"


def test_a_large_image_fits_into_json(api: Client, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 4_000_000
    padded = photo() + bytes(3_000_000)
    answer = post_json(api, image_b64=base64.b64encode(padded).decode())
    assert answer.status_code == 200, answer.content


def test_json_has_a_limit_of_its_own(api: Client, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 100_000
    error = post_json(api, image_b64="A" * 2_000_000).json()["error"]
    assert error["code"] == "FILE_TOO_LARGE"
    assert error["details"]["maxBytes"] < 2_000_000


def test_only_one_source_at_a_time(api: Client) -> None:
    answer = post_json(api, image_url="https://example.com/a.jpg", image_b64="AAAA")
    assert answer.json()["error"]["message"] == "image_b64: Send one of image_url and image_b64"


def test_a_stranger_may_not_ask_for_the_job(api: Client) -> None:
    job = post(api, headers={"prefer": "respond-async"}).json()["data"]
    assert client_of(customer()).get(job["statusUrl"]).status_code == 404
