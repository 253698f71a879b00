"""Customers of the production shape: what compose starts, reached through nginx."""

import io
import json
import re
import secrets
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.deploy.compose import ROOT
from tests.production.client import Api
from tests.production.stack import WORKERS, Stack

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(600)]

PHOTO = (ROOT / "samples/chelsea.jpg").read_bytes()
SIGNED = re.compile(r"[?&](?:X-Amz-Signature|signature)=", re.IGNORECASE)


def large_image(side: int) -> bytes:
    """A PNG of side × side pixels, three bytes for each, with a subject in its middle."""
    picture = Image.effect_noise((side, side), 60).convert("RGB")
    with Image.open(io.BytesIO(PHOTO)) as photo:
        subject = photo.resize((side * 3 // 4, side // 2))
    picture.paste(subject, (side // 8, side // 4))
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=0)
    return file.getvalue()


def names(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return sorted(opened.namelist())


def test_every_health_check_of_compose_passes(stack: Stack) -> None:
    for name in ("web", *WORKERS):
        assert stack.healthy(name), stack.log(name)


def test_a_single_removal_comes_back_from_the_object_store(api: Api) -> None:
    before = api.credits
    fields = {"tier": "basic", "image": ("chelsea.jpg", PHOTO, "image/jpeg")}
    done = api.call("POST", "/background-remover/remove", fields=fields)
    redirect = api.fetch("GET", done["processedUrl"])
    assert redirect.status == 302
    location = redirect.headers["Location"]
    assert location.startswith(f"{api.stack.url}/{api.stack.bucket}/processed/")
    picture = api.fetch("GET", location)
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.data)).mode == "RGBA"
    assert before - api.credits == 3


@pytest.fixture(scope="module")
def batch_id(api: Api) -> str:
    """A form larger than any other request may be, and a file in it that is no image."""
    picture = large_image(1700)
    fields = [("tier", (None, "basic"))]
    files = [(f"{n}.png", picture, "image/png") for n in range(3)]
    files.append(("text.jpg", b"not an image", "image/jpeg"))
    started = api.call(
        "POST",
        "/background-remover/batch",
        fields=[*fields, *(("images", file) for file in files)],
        expect=201,
    )
    assert started["totalImages"] == 4
    return str(started["batchId"])


def test_a_batch_is_watched_to_its_end(api: Api, batch_id: str) -> None:
    messages = list(api.watch(batch_id))
    assert [message["type"] for message in messages[:2]] == ["authenticated", "subscribed"]
    last = messages[-1]
    assert (last["type"], last["processedImages"], last["failedImages"]) == ("completed", 3, 1)
    status = api.call("GET", f"/background-remover/batch/{batch_id}")
    assert status["zipUrl"].startswith(f"/batches/{batch_id}.zip?")


def test_its_archive_is_downloaded_in_pieces(api: Api, batch_id: str) -> None:
    api.ended(batch_id)
    path = f"/background-remover/batch/{batch_id}/download"
    whole = api.get(path)
    assert whole.status == 200
    assert names(whole.data) == [
        "manifest.csv",
        "removed-0.png",
        "removed-1.png",
        "removed-2.png",
    ]
    middle = api.get(path, Range="bytes=1000-1999")
    assert (middle.status, middle.data) == (206, whole.data[1000:2000])


def test_its_archive_comes_from_the_object_store_on_request(api: Api, batch_id: str) -> None:
    api.ended(batch_id)
    path = f"/background-remover/batch/{batch_id}/download"
    location = api.get(f"{path}?redirect=1").headers["Location"]
    assert urlsplit(location).path.startswith(f"/{api.stack.bucket}/batches/")
    stored = api.fetch("GET", location, headers={"Range": "bytes=0-99"})
    assert (stored.status, stored.data) == (206, api.get(path).data[:100])


def test_a_batch_of_files_that_never_passed_through_the_service(api: Api) -> None:
    file = {"filename": "chelsea.jpg", "contentType": "image/jpeg", "size": len(PHOTO)}
    slots = api.call(
        "POST", "/background-remover/uploads", json={"files": [file, file]}, expect=201
    )["uploads"]
    wrong = api.fetch("PUT", slots[0]["url"], body=PHOTO + b"more", headers=slots[0]["headers"])
    assert wrong.status == 403
    for slot in slots:
        assert urlsplit(slot["url"]).path.startswith(f"/{api.stack.bucket}/uploads/")
        put = api.fetch("PUT", slot["url"], body=PHOTO, headers=slot["headers"])
        assert put.status == 200
    before = api.credits
    wanted = {"tier": "basic", "uploadIds": [slot["uploadId"] for slot in slots]}
    started = api.call("POST", "/background-remover/batch", json=wanted, expect=201)
    status = api.ended(started["batchId"])
    assert (status["status"], status["progress"]["processedImages"]) == ("completed", 2)
    assert before - api.credits == 6


def test_a_page_of_another_origin_may_put_to_a_presigned_address(api: Api) -> None:
    file = {"filename": "chelsea.jpg", "contentType": "image/jpeg", "size": len(PHOTO)}
    [slot] = api.call("POST", "/background-remover/uploads", json={"files": [file]}, expect=201)[
        "uploads"
    ]
    asked = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "PUT"}
    preflight = api.fetch("OPTIONS", slot["url"], headers=asked)
    assert preflight.status == 200
    assert preflight.headers["Access-Control-Allow-Origin"]
    sent = api.fetch("PUT", slot["url"], body=PHOTO, headers={**slot["headers"], **asked})
    assert (sent.status, bool(sent.headers["Access-Control-Allow-Origin"])) == (200, True)


def test_what_nginx_refuses_by_itself_may_be_read_by_pages(api: Api) -> None:
    body = bytes(23 * 1024 * 1024)
    answer = api.fetch("POST", "/v1/background-remover/remove", body=body, headers=api.login)
    assert answer.status == 413
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(answer.data)["error"]["code"] == "FILE_TOO_LARGE"


def test_a_large_form_of_a_stranger_is_refused(stack: Stack) -> None:
    fields = {"tier": "basic", "images": ("a.png", large_image(2800), "image/png")}
    with Api(stack) as stranger:
        answer = stranger.fetch("POST", "/v1/background-remover/batch", fields=fields)
    assert answer.status == 401


def test_plain_http_leads_to_https(stack: Stack, api: Api) -> None:
    answer = api.fetch("GET", f"{stack.plain_url}/docs?a=b")
    assert answer.status == 308
    assert answer.headers["Location"] == "https://localhost/docs?a=b"


@pytest.mark.parametrize("path", ["/metrics", "/ready"])
def test_internal_endpoints_are_not_public(api: Api, path: str) -> None:
    assert api.fetch("GET", path).status == 404


def test_the_object_store_is_open_to_signed_addresses_only(api: Api) -> None:
    assert api.fetch("GET", f"/{api.stack.bucket}/?list-type=2").status == 404
    forged = f"/{api.stack.bucket}/processed/a.png?X-Amz-Signature=0"
    assert api.fetch("GET", forged).status == 403
    assert api.fetch("DELETE", forged).status == 403


def test_pages_of_the_admin_have_their_styles(api: Api) -> None:
    page = api.fetch("GET", "/admin/login/").data.decode()
    styles = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert styles
    assert {api.fetch("GET", path).status for path in styles} == {200}


def test_the_client_address_is_nginx_s_word_not_the_client_s(api: Api) -> None:
    """A register limit by address cannot be dodged by inventing addresses."""
    statuses = []
    for number in range(25):
        login = {"email": f"{secrets.token_hex(4)}@example.com", "password": "x"}
        answer = api.fetch(
            "POST",
            "/v1/auth/register",
            json=login,
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
        statuses.append(answer.status)
    assert statuses[-1] == 429


def test_no_log_holds_a_signed_link(stack: Stack, api: Api) -> None:
    time.sleep(0.5)
    logs = sorted(Path(stack.home).glob("*.log"))
    assert len(logs) >= 7
    for log in logs:
        assert not SIGNED.search(log.read_text(errors="replace")), log.name
    assert '"path":"/v1/background-remover/remove"' in stack.log("nginx")
