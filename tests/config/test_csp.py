"""The Content Security Policy of every HTML page."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from common.http.csp import policy_of
from tests.accounts.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/admin/login/",
        "/sign-in",
        "/reset",
        "/verify",
        "/v1/billing/return",
    ],
)
def test_a_page_loads_from_this_service_only(path: str) -> None:
    response = Client().get(path)
    assert response.headers["Content-Type"].startswith("text/html")
    policy = directives(response.headers["Content-Security-Policy"])
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in policy.get("script-src", policy["default-src"])


def test_the_operators_pages_have_it_too() -> None:
    boss, client = UserFactory(is_staff=True, is_superuser=True), Client()
    client.post("/admin/login/", {"username": boss.email, "password": PASSWORD})
    page = client.get("/admin/")
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"] == policy_of("/admin/")


@pytest.mark.parametrize(
    ("public", "endpoint", "origin"),
    [
        ("https://files.example.com/bucket", "http://minio:9000", "https://files.example.com"),
        ("", "https://s3.example.com", "https://s3.example.com"),
        ("", "", "https://*.amazonaws.com"),
    ],
)
def test_operators_see_pictures_that_lie_in_an_object_store(
    settings: Settings, public: str, endpoint: str, origin: str
) -> None:
    settings.STORAGE_BACKEND = "s3"
    settings.S3_PUBLIC_URL, settings.S3_ENDPOINT_URL = public, endpoint
    assert directives(policy_of("/admin/removal/job/"))["img-src"] == f"'self' data: {origin}"
    assert origin not in policy_of("/docs")


def test_an_answer_that_is_no_page_has_none() -> None:
    assert "Content-Security-Policy" not in Client().get("/health").headers


PAGES = ("/reset", "/verify", "/sign-in", "/v1/billing/return")


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_our_own_hold_no_inline_style_and_name_their_icon(path: str) -> None:
    page = Client().get(path).content.decode()
    assert "style=" not in page
    assert "<style" not in page
    assert 'rel="icon"' in page


def test_the_pages_hold_no_inline_script() -> None:
    for path in ("/docs", "/admin/login/", *PAGES):
        page = Client().get(path).content.decode()
        for tag in page.split("<script")[1:]:
            assert " src=" in tag.partition(">")[0], tag[:200]


def test_the_page_of_the_docs_finds_its_script() -> None:
    page = Client().get("/docs?script=").content.decode()
    assert "SwaggerUIBundle" in page
    assert finders.find("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
