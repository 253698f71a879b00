"""Large request bodies are refused by their headers, before they are read, by the real server."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from batches.models import Batch
from common.http.asgi import BodyLimit
from common.http.auth import Scope
from config.asgi import batch_start, django_application
from removal.models import Job
from tests.accounts.factories import PASSWORD, api_key_for, bearer
from tests.common.http import multipart
from tests.common.test_asgi import pieces, running, send
from tests.removal.factories import photo

SMALL, LARGE = 20_000, 100_000
URL = "/v1/background-remover/batch"
FORM = "multipart/form-data; boundary=xyz"
TIER = 'Content-Disposition: form-data; name="tier"'

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port() -> Iterator[int]:
    large = replace(batch_start, max_bytes=LARGE)
    with running(BodyLimit(django_application, max_bytes=SMALL, large=[large])) as port:
        yield port


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, settings: Settings) -> Iterator[None]:
    """Nothing stays behind, whatever happens."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    yield
    assert list(folder.iterdir()) == []


def form(size: int, count: int = 3) -> bytes:
    """`count` images that have `size` bytes together, more or less."""
    data = photo() + bytes(max(size // count - len(photo()), 0))
    names = [f'form-data; name="images"; filename="{n}.jpg"' for n in range(count)]
    parts = [(f"Content-Disposition: {name}", data) for name in names]
    return multipart(*parts, (TIER, b"basic"))


def post(port: int, body: Any, user: User | None = None, path: str = URL, **headers: str) -> Any:
    if user is not None:
        headers["Authorization"] = bearer(user)
    return send(port, path, body, **{"Content_Type": FORM, **headers})


def code(answer: Any) -> tuple[int, str]:
    status, body, _ = answer
    return status, body["error"]["code"]


def asked(port: int, size: int, **headers: str) -> tuple[int, Any]:
    """Announce a body, and send nothing of it: what is answered was decided without it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("POST", URL)
    for name, value in {"Content-Type": FORM, "Expect": "100-continue", **headers}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    response = connection.getresponse()
    try:
        return response.status, (json.loads(response.read())["error"], response.headers)
    finally:
        connection.close()


@pytest.mark.parametrize("path", [URL, f"{URL}/", "/api/background-remover/batch"])
def test_a_batch_may_be_larger_than_other_requests(port: int, owner: User, path: str) -> None:
    status, answer, response = post(port, form(4 * SMALL), owner, path)
    assert (status, answer["data"]["totalImages"]) == (201, 3)
    assert response.headers["X-RateLimit-Remaining"] == "1"
    assert Job.objects.filter(status="queued").count() == 3


def test_a_body_of_unknown_length(port: int, owner: User) -> None:
    body = pieces(form(4 * SMALL))
    status, answer, response = post(port, body, owner, Transfer_Encoding="chunked")
    assert (status, answer["data"]["totalImages"]) == (201, 3)
    assert response.headers["X-RateLimit-Remaining"] == "1"


def test_a_small_batch_is_counted_once_too(port: int, owner: User) -> None:
    status, _, response = post(port, form(3000), owner)
    assert (status, response.headers["X-RateLimit-Remaining"]) == (201, "1")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/background-remover/remove", {}),
        ("/v1/background-remover/batch/batch_1/retry", {}),
        (f"{URL}x", {}),
        (URL, {"Content_Type": "application/json"}),
        (URL, {"Content_Type": "application/octet-stream"}),
    ],
)
def test_everything_else_stays_small(
    port: int, owner: User, path: str, headers: dict[str, str]
) -> None:
    answer = post(port, form(2 * SMALL), owner, path, **headers)
    assert code(answer) == (400, "FILE_TOO_LARGE")
    assert answer[1]["error"]["details"] == {"maxBytes": SMALL}


def test_too_large_even_for_a_batch(port: int, owner: User) -> None:
    assert code(post(port, form(2 * LARGE), owner)) == (400, "BATCH_TOO_LARGE")
    chunked = post(port, pieces(form(2 * LARGE)), owner, Transfer_Encoding="chunked")
    assert code(chunked) == (400, "BATCH_TOO_LARGE")


def test_strangers_are_refused_before_they_send(port: int) -> None:
    status, (error, headers) = asked(port, LARGE)
    assert (status, error["code"]) == (401, "UNAUTHORIZED")
    assert headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert headers["X-Request-Id"] == error["requestId"]


def test_bad_tokens_are_refused_before_they_send(port: int) -> None:
    assert asked(port, LARGE, Authorization="Bearer nonsense")[0] == 401


def test_keys_without_the_scope_are_refused_before_they_send(port: int, owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert asked(port, LARGE, **{"X-API-Key": key})[0] == 403


def test_a_start_over_the_limit_is_refused_before_the_body(port: int, owner: User) -> None:
    for _ in range(2):
        assert post(port, form(3000), owner)[0] == 201
    status, (error, headers) = asked(port, LARGE, Authorization=bearer(owner))
    assert (status, error["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert int(headers["Retry-After"]) == error["details"]["retryAfter"] > 0
    assert headers["X-RateLimit-Limit"] == "5"


def test_a_client_that_does_not_ask_is_refused_too(port: int) -> None:
    assert code(post(port, form(3 * SMALL))) == (401, "UNAUTHORIZED")


def test_a_browsers_session_needs_its_csrf_header(port: int, owner: User) -> None:
    browser = Client()
    assert browser.login(email=owner.email, password=PASSWORD)
    browser.get("/admin/login/")
    token = browser.cookies["csrftoken"].value
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in browser.cookies.items())
    assert asked(port, LARGE, Cookie=cookies)[0] == 403
    status, answer, _ = post(port, form(4 * SMALL), Cookie=cookies, X_CSRFToken=token)
    assert (status, answer["data"]["totalImages"]) == (201, 3)
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("cut", [0.3, 0.999])
def test_a_client_that_goes_away_leaves_nothing(port: int, owner: User, cut: float) -> None:
    body = form(4 * SMALL)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("POST", URL)
    connection.putheader("Content-Type", FORM)
    connection.putheader("Authorization", bearer(owner))
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[: int(len(body) * cut)])
    connection.close()
    assert send(port, "/health", method="GET")[0] == 200
    assert Batch.objects.count() == 0
