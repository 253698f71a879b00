"""The pages of single removals and of all pictures."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing.pricing import CREDITS_PER_IMAGE, Tier
from removal.engine.types import OutputFormat
from tests.accounts.factories import PASSWORD, UserFactory

PAGES = ["/app", "/app/jobs"]

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    body = {"email": user.email, "password": PASSWORD}
    answer = client.post("/v1/auth/session", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return client


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_comes_back(path: str) -> None:
    answer = Client().get(f"{path}?job=job_1")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=%2Fapp")
    assert answer.headers["Location"].endswith("%3Fjob%3Djob_1")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("staff", [False, True])
def test_customers_and_staff_get_the_page(path: str, staff: bool) -> None:
    answer = signed_in(UserFactory(is_staff=staff)).get(path)
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.content.decode()


def test_prices_limits_and_formats_are_those_of_the_service(settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 7 * 1024 * 1024
    page = signed_in(UserFactory()).get("/app").content.decode()
    for tier in Tier:
        assert f"{CREDITS_PER_IMAGE[tier]} credits" in page
    assert "up to 7 MB" in page
    assert f'data-max-bytes="{7 * 1024 * 1024}"' in page
    for form in OutputFormat:
        assert f'<option value="{form}"' in page
