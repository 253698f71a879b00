"""POST /background-remover/batch: forms that no honest client sends. None is a server error."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from batches.models import Batch
from removal.models import Job
from tests.common.http import multipart
from tests.removal.conftest import client_of
from tests.removal.factories import customer, photo

URL = "/v1/background-remover/batch"
DATA = photo()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_temporary_file_stays(tmp_path: Path, settings: Settings) -> Iterator[None]:
    folder = tmp_path / "tmp"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture(params=["token", "session"])
def browser(request: Any, owner: User) -> Client:
    """However the caller proves who they are."""
    if request.param == "token":
        return client_of(owner)
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend="accounts.backends.GuardedBackend")
    client.get("/admin/login/")
    client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    return client


def field(name: str, value: str) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value.encode()


def image(name: str = "a.jpg", data: bytes = DATA) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="images"; filename="{name}"', data


TIER = field("tier", "basic")


def post(client: Client, *parts: tuple[str, bytes], body: bytes | None = None) -> Any:
    return client.generic(
        "POST",
        URL,
        multipart(*parts) if body is None else body,
        content_type="multipart/form-data; boundary=xyz",
    )


def names(client: Client, *offered: str) -> list[str]:
    answer = post(client, *[image(name) for name in offered], TIER)
    assert answer.status_code == 201, answer.content
    return list(Job.objects.order_by("position").values_list("filename", flat=True))


def refused(answer: Any) -> str:
    assert answer.status_code == 400, answer.content
    assert Batch.objects.count() == 0
    return str(answer.json()["error"]["code"])


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.jpg", "b.jpg"),
        ("a\0b.jpg", "ab.jpg"),
        ("&#x2f;etc&#x2f;shadow", "shadow"),
        ("nul.jpg", "_nul.jpg"),
        ("x" * 700 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_names_are_made_safe(browser: Client, offered: str, kept: str) -> None:
    assert names(browser, "first.jpg", offered) == ["first.jpg", kept]


def test_names_in_any_script(browser: Client) -> None:
    offered = "продукт 📷 商品.jpg"
    assert names(browser, "a.jpg", offered.encode().decode("latin-1")) == ["a.jpg", offered]


def test_the_same_name_twice(browser: Client) -> None:
    assert names(browser, "a.jpg", "a.jpg") == ["a.jpg", "a.jpg"]


def test_empty_files_are_failed_items(browser: Client) -> None:
    answer = post(browser, image(), image("empty.jpg", b""), image("none", b""), TIER)
    assert answer.status_code == 201
    assert [job.status for job in Job.objects.order_by("position")] == ["queued", *["failed"] * 2]


@pytest.mark.parametrize("name", ["tier", "name", "quality", "webhookUrl", "bg_image"])
def test_a_field_sent_twice(browser: Client, name: str) -> None:
    parts = [image(), image(), field(name, "1"), field(name, "1")]
    assert refused(post(browser, *parts, *([] if name == "tier" else [TIER]))) == "INVALID_INPUT"


@pytest.mark.parametrize(
    "parts",
    [
        [image(), image(), image("b.jpg"), field("images", "text"), TIER],
        [image(), image(), field("uploadIds", "upl_1"), TIER],
        [image(), image(), field("images[]", "x"), TIER],
        [image(), image(), field("tier", "basic\0")],
        [image(), image(), TIER, field("name", "a\0b")],
        [image(), image(), TIER, field("name", "x" * 121)],
        [field("images", "a"), field("images", "b"), TIER],
    ],
)
def test_forms_that_do_not_fit(browser: Client, parts: list[tuple[str, bytes]]) -> None:
    assert refused(post(browser, *parts)) == "INVALID_INPUT"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--xyz",
        b"--xyz--\r\n",
        b"no form at all",
        multipart(image(), image(), TIER)[:-40],
        multipart(image(), ("Content-Disposition: form-data; name*=no-such''x", b"1"), TIER),
        multipart(("Content-Disposition: form-data; name=\"x\"; filename*=utf-16''%ff", b"")),
        multipart(image(), (f"Content-Disposition: form-data; name=\"{'x' * 2000}\"", b"1"), TIER),
        multipart(
            ('Content-Disposition: form-data; name="images"; filename="a"\r\n'
             "Content-Transfer-Encoding: base64", b"%%%"),
            TIER,
        ),
    ],
)  # fmt: skip
def test_forms_that_do_not_parse(browser: Client, body: bytes) -> None:
    refused(post(browser, body=body))


@pytest.mark.parametrize("name", ["..", ".", "/", "a\\", "b&#47;", "\xe9.jpg"])
def test_an_image_whose_name_cannot_be_read_is_not_lost_without_a_word(
    browser: Client, name: str
) -> None:
    nameless = f'Content-Disposition: form-data; name="images"; filename="{name}"'
    answer = post(browser, body=multipart(image(), image(), (nameless, DATA), TIER))
    assert refused(answer) == "INVALID_INPUT"
    assert "3 of the form's 4 parts" in answer.json()["error"]["message"]


def test_a_part_without_any_header_is_refused(browser: Client) -> None:
    assert refused(post(browser, image(), image(), ("X: y", DATA), TIER)) == "INVALID_INPUT"


def test_more_files_than_a_batch_and_its_background(browser: Client) -> None:
    answer = post(browser, *[image(data=b"x")] * 502, TIER)
    assert refused(answer) == "BATCH_TOO_LARGE"
    assert answer.json()["error"]["details"]["maximum"] == 500


def test_five_hundred_images_and_a_background(settings: Settings) -> None:
    user = customer(credits=1200)
    background = ('Content-Disposition: form-data; name="bg_image"; filename="b.png"', photo())
    answer = post(client_of(user), *[image()] * 500, background, TIER)
    assert answer.status_code == 201
    assert answer.json()["data"]["pricing"]["finalTotal"] == 1200
    assert Job.objects.count() == 500


@pytest.mark.parametrize(
    "body",
    [
        b'{"tier": "basic", "uploadIds": "upl_1"}',
        b'{"tier": "basic", "uploadIds": []}',
        b'{"tier": "basic", "uploadIds": [1, {}]}',
        b'{"tier": "basic", "uploadIds": [null, null]}',
        b'{"tier": "basic", "uploadIds": ["a\\u0000", "b"]}',
        b'{"tier": "basic", "images": ["a", "b"]}',
        b'{"tier": ["basic"], "uploadIds": ["a", "b"]}',
        b'{"tier": "basic"}',
        b"[]",
        b"{",
    ],
)
def test_json_of_another_shape(api: Client, body: bytes) -> None:
    refused(api.generic("POST", URL, body, content_type="application/json"))
