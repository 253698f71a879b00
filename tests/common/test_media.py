import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.utils import timezone

from common import storage
from common.http.auth import Scope
from common.http.media import is_signed, sign, signed_url
from common.storage.types import CHUNK
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.common.http import error

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DATA = bytes(range(256)) * 4000


@pytest.fixture(autouse=True)
def _root(settings: Any, tmp_path: Any) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}},
    }


def stored(user: Any, name: str = "job_1-removed.png", content: bytes = DATA) -> str:
    key = f"processed/background-remover/{user.public_id}/{name}"
    storage.put(key, content, content_type="image/png")
    return key


@pytest.fixture
def owner() -> Any:
    return UserFactory()


@pytest.fixture
def key(owner: Any) -> str:
    return stored(owner)


@pytest.fixture
def url(key: str) -> str:
    return signed_url(key, now=timezone.now())


def get(path: str, headers: dict[str, str] | None = None, client: Client | None = None) -> Any:
    """The answer, read to its end, which also closes the file."""
    response: Any = (client or Client()).get(path, headers=headers)
    response.read = response.getvalue()
    return response


def body(response: Any) -> bytes:
    read: bytes = response.read
    return read


class TestWhoMaySee:
    def test_anyone_with_a_valid_signature(self, url: str) -> None:
        response = get(url)
        assert response.status_code == 200
        assert body(response) == DATA

    def test_a_bad_token_does_not_spoil_a_good_signature(self, url: str) -> None:
        assert get(url, {"Authorization": "Bearer nonsense"}).status_code == 200

    def test_the_owner_by_token_key_and_session(self, owner: Any, key: str) -> None:
        assert get(f"/{key}", {"Authorization": bearer(owner)}).status_code == 200
        assert get(f"/{key}", {"X-API-Key": api_key_for(owner)}).status_code == 200
        client = Client()
        client.force_login(owner)
        assert get(f"/{key}", client=client).status_code == 200

    def test_not_a_key_that_may_not_read(self, owner: Any, key: str) -> None:
        secret = api_key_for(owner, [Scope.BILLING_READ])
        assert get(f"/{key}", {"X-API-Key": secret}).status_code == 404

    def test_not_staff_without_a_signature(self, key: str) -> None:
        staff = UserFactory(is_staff=True, is_superuser=True)
        assert get(f"/{key}", {"Authorization": bearer(staff)}).status_code == 404

    def test_not_a_stranger(self, key: str) -> None:
        response = get(f"/{key}", {"Authorization": bearer(UserFactory())})
        assert response.status_code == 404
        assert error(response)["code"] == "NOT_FOUND"

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
    def test_not_somebody_unknown(self, key: str, headers: dict[str, str]) -> None:
        assert get(f"/{key}", headers).status_code == 404

    def test_no_owner_is_found_for_a_file_that_its_app_does_not_know(self, owner: Any) -> None:
        key = stored(owner, "unpaid.png")
        assert get(f"/{key}", {"Authorization": bearer(owner)}).status_code == 404
        assert get(signed_url(key, now=timezone.now())).status_code == 404

    def test_not_the_owner_of_a_path_of_another_shape(self, owner: Any) -> None:
        key = f"processed/x/{owner.public_id}/deeper/file.png"
        storage.put(key, b"x", content_type="image/png")
        assert get(f"/{key}", {"Authorization": bearer(owner)}).status_code == 404


class TestSignature:
    def test_it_expires(self, key: str) -> None:
        late = timezone.now() - timedelta(seconds=61)
        assert get(signed_url(key, now=late, lifetime_s=60)).status_code == 404

    def test_the_lifetime_is_a_setting(self, key: str, settings: Any) -> None:
        settings.MEDIA_URL_LIFETIME_S = 90
        assert f"expires={int(NOW.timestamp()) + 90}&" in signed_url(key, now=NOW)

    def test_it_is_for_one_file(self, owner: Any, url: str) -> None:
        other = stored(owner, "other.png")
        assert get(f"/{other}?{url.partition('?')[2]}").status_code == 404

    def test_a_later_expiry_needs_a_new_one(self, url: str) -> None:
        path, _, query = url.partition("?expires=")
        expires, _, rest = query.partition("&")
        assert get(f"{path}?expires={int(expires) + 1}&{rest}").status_code == 404

    @pytest.mark.parametrize("signature", ["", "x", "é", "\0", "A" * 43])
    def test_a_forged_one_does_not_open(self, key: str, signature: str) -> None:
        assert not is_signed(key, expires="99999999999", signature=signature, now=NOW)

    @pytest.mark.parametrize("expires", ["", "-1", "x", "٣", "9" * 400, "1e9"])
    def test_an_odd_expiry_does_not_open(self, key: str, expires: str) -> None:
        assert not is_signed(key, expires=expires, signature="x", now=NOW)

    def test_it_depends_on_the_secret(self, url: str, settings: Any) -> None:
        settings.SECRET_KEY = "another-secret-key-0123456789-0123456789"
        assert get(url).status_code == 404

    @pytest.mark.parametrize("key", ["secrets/a.png", "processed/../a", "/etc/passwd", ""])
    def test_keys_outside_are_not_signed(self, key: str) -> None:
        with pytest.raises(ValueError, match="not the key of a media file"):
            signed_url(key, now=NOW)


class TestHeaders:
    def test_an_image_is_shown_but_never_sniffed(self, url: str) -> None:
        headers = get(url).headers
        assert headers["Content-Type"] == "image/png"
        assert headers["Content-Disposition"] == 'inline; filename="job_1-removed.png"'
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"

    def test_it_is_saved_under_the_name_that_the_app_gives(self, owner: Any) -> None:
        headers = get(signed_url(stored(owner, "job_9.png"), now=timezone.now())).headers
        assert headers["Content-Disposition"] == 'inline; filename="removed-my photo.png"'

    @pytest.mark.parametrize(
        ("name", "content_type", "kind"),
        [
            ("a.jpg", "image/jpeg", "inline"),
            ("a.webp", "image/webp", "inline"),
            ("a.zip", "application/zip", "attachment"),
            ("a.svg", "application/octet-stream", "attachment"),
            ("a.html", "application/octet-stream", "attachment"),
            ("a", "application/octet-stream", "attachment"),
        ],
    )
    def test_only_pictures_are_inline(
        self, owner: Any, name: str, content_type: str, kind: str
    ) -> None:
        response = get(signed_url(stored(owner, name, b"<svg/>"), now=timezone.now()))
        assert response.headers["Content-Type"] == content_type
        assert response.headers["Content-Disposition"].startswith(f"{kind}; ")

    def test_a_known_version_is_not_sent_again(self, url: str) -> None:
        etag = get(url).headers["ETag"]
        response = get(url, {"If-None-Match": f'"x", {etag}'})
        assert (response.status_code, response.content) == (304, b"")


class TestRange:
    @pytest.mark.parametrize(
        ("asked", "start", "stop"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=10-19", 10, 20),
            ("bytes=1000000-", 1_000_000, 1_024_000),
            ("bytes=-5", 1_023_995, 1_024_000),
            ("bytes=-9999999", 0, 1_024_000),
            ("bytes=5-99999999", 5, 1_024_000),
        ],
    )
    def test_one_range_is_a_206(self, url: str, asked: str, start: int, stop: int) -> None:
        response = get(url, {"Range": asked})
        assert response.status_code == 206
        assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
        assert response.headers["Content-Length"] == str(stop - start)
        assert body(response) == DATA[start:stop]

    @pytest.mark.parametrize("asked", ["bytes=1024000-", "bytes=-0", "bytes=99999999-99999999"])
    def test_a_range_past_the_end_is_a_416(self, url: str, asked: str) -> None:
        response = get(url, {"Range": asked})
        assert response.status_code == 416
        assert response.headers["Content-Range"] == f"bytes */{len(DATA)}"
        problem = json.loads(body(response))["error"]
        assert (problem["code"], problem["details"]) == ("INVALID_INPUT", {"size": len(DATA)})

    @pytest.mark.parametrize(
        "asked", ["bytes=0-1,5-6", "lines=0-1", "bytes=", "bytes=-", "bytes=5-1", "bytes=٣-٤", "x"]
    )
    def test_anything_else_is_the_whole_file(self, url: str, asked: str) -> None:
        response = get(url, {"Range": asked.encode().decode("latin-1")})
        assert response.status_code == 200
        assert len(body(response)) == len(DATA)

    def test_a_range_of_another_version_is_the_whole_file(self, url: str) -> None:
        assert get(url, {"Range": "bytes=0-1", "If-Range": '"old"'}).status_code == 200
        etag = get(url).headers["ETag"]
        assert get(url, {"Range": "bytes=0-1", "If-Range": etag}).status_code == 206


def test_head_has_the_headers_and_no_body(url: str) -> None:
    response = Client().head(url)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Length"] == str(len(DATA))


def test_an_empty_file_is_an_empty_answer(owner: Any) -> None:
    response = get(signed_url(stored(owner, "empty.png", b""), now=timezone.now()))
    assert (response.status_code, body(response)) == (200, b"")


def test_a_missing_file_is_a_404(owner: Any) -> None:
    missing = f"/processed/background-remover/{owner.public_id}/missing.png"
    for path in (missing, "/uploads/..%2f..%2fetc/passwd"):
        assert get(path, {"Authorization": bearer(owner)}).status_code == 404


@pytest.mark.parametrize("beside", ["", "/x"], ids=["a folder", "below a file"])
def test_a_key_that_is_no_file_is_a_404(owner: Any, key: str, beside: str) -> None:
    path = f"{key}{beside}" if beside else f"processed/background-remover/{owner.public_id}"
    assert get(sign(path, now=timezone.now())).status_code == 404


def test_only_reading_is_possible(url: str) -> None:
    assert Client().post(url).status_code == 405


def test_under_asgi_the_file_is_pulled_chunk_by_chunk() -> None:
    key = "processed/background-remover/user_1/a.png"
    storage.put(key, DATA, content_type="image/png")

    async def chunks() -> list[bytes]:
        response: Any = await AsyncClient().get(signed_url(key, now=timezone.now()))
        assert response.is_async
        found = [chunk async for chunk in response]
        response.close()
        return found

    found = asyncio.run(chunks())
    assert b"".join(found) == DATA
    assert max(map(len, found)) == CHUNK
