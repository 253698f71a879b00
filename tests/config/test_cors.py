"""Cross-origin requests: the origins that may call the service, and the answers they may read."""

import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from accounts.models import User
from config import cors
from tests.accounts.factories import UserFactory, bearer

PAGE = "https://shop.example.com"
REMOVE = "/v1/background-remover/remove"
ASKED = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-api-key,idempotency-key",
}


@pytest.fixture
def page() -> Client:
    """A script in a page of another origin."""
    return Client(headers={"origin": PAGE})


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


@pytest.mark.parametrize(
    "path",
    [
        REMOVE,
        "/api/background-remover/batch",
        "/v1/background-remover/uploads/upl_1/file",
        "/v1/auth/login",
        "/health",
        "/health/",
        "/processed/background-remover/user_1/a.png",
    ],
)
def test_a_preflight_is_answered_without_a_login(client: Client, path: str) -> None:
    answer = client.options(path, headers=ASKED)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer["Access-Control-Allow-Methods"]
    assert "PUT" in answer["Access-Control-Allow-Methods"]
    allowed = answer["Access-Control-Allow-Headers"].split(", ")
    assert set(ASKED["access-control-request-headers"].split(",")) <= set(allowed)
    assert "Access-Control-Allow-Credentials" not in answer


def test_an_answer_may_be_read_with_its_headers(page: Client, user: User) -> None:
    answer = page.get("/v1/auth/me", headers={"authorization": bearer(user)})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    exposed = answer["Access-Control-Expose-Headers"].split(", ")
    assert {
        "X-Request-Id",
        "X-RateLimit-Remaining",
        "Retry-After",
        "Content-Disposition",
    } <= set(exposed)


def test_refusals_may_be_read(page: Client) -> None:
    refused = page.post(REMOVE)
    assert refused.status_code == 401
    assert refused["Access-Control-Allow-Origin"] == "*"
    missing = page.get("/v1/nothing-here")
    assert missing.status_code == 404
    assert missing["Access-Control-Allow-Origin"] == "*"


def test_a_limit_that_is_reached_may_be_read(page: Client, settings: Any, db: None) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": (1, 60, 1)}
    body = {"tier": "basic", "imageCount": 2}
    where = reverse("v1:pricing")
    answers = [page.post(where, body, content_type="application/json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1]["Access-Control-Allow-Origin"] == "*"


def test_a_server_error_may_be_read(page: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.common.urls"
    page.raise_request_exception = False
    answer = page.get("/plain-bug")
    assert answer.status_code == 500
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/docs", "/static/none.css"])
def test_pages_with_cookie_login_have_no_cors(page: Client, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in page.get(path)


@pytest.mark.django_db
def test_a_cookie_session_is_never_readable_from_elsewhere(page: Client, user: User) -> None:
    """Browsers hide an answer to a request with cookies unless credentials are allowed."""
    page.force_login(user)
    answer = page.get("/v1/auth/me")
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Access-Control-Allow-Origin"] == "*"
    changing = Client(enforce_csrf_checks=True, headers={"origin": PAGE})
    changing.force_login(user)
    refused = changing.post("/v1/auth/api-keys", {"name": "x"}, content_type="application/json")
    assert refused.status_code == 403


def test_a_list_of_origins_admits_those_only(settings: Any) -> None:
    for name, value in cors.settings([PAGE, "https://*.example.org"]).items():
        setattr(settings, name, value)
    answers = {
        origin: Client().options(REMOVE, headers={**ASKED, "origin": origin})
        for origin in (PAGE, "https://a.b.example.org", "https://evil.test", "https://example.org")
    }
    assert {
        origin: answer.headers.get("Access-Control-Allow-Origin")
        for origin, answer in answers.items()
    } == {
        PAGE: PAGE,
        "https://a.b.example.org": "https://a.b.example.org",
        "https://evil.test": None,
        "https://example.org": None,
    }
    assert "Access-Control-Allow-Credentials" not in answers[PAGE]


def test_none_forbids_other_origins(settings: Any) -> None:
    for name, value in cors.settings(["none"]).items():
        setattr(settings, name, value)
    answer = Client().options(REMOVE, headers=ASKED)
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize("origin", ["example.com", "https://example.com/app", "*, x", ""])
def test_an_invalid_origin_stops_the_start(origin: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CORS_ORIGINS must be"):
        cors.settings(["https://a.example", origin])


def test_every_header_that_we_expose_has_a_valid_name() -> None:
    assert all(re.fullmatch(r"[A-Za-z-]+", name) for name in cors.EXPOSED_HEADERS)
