"""The pages of batches: who gets them, and what they know before the API is asked."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from billing.pricing import BATCH_MAX, CREDITS_PER_IMAGE
from dashboard.tiers import TIERS
from tests.accounts.factories import PASSWORD, UserFactory

PAGES = ["/app/batches", "/app/batches/new", "/app/batches/batch_01jhmz7vw5k2y8n3q6r9t4x1ab"]

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    body = {"email": user.email, "password": PASSWORD}
    answer = client.post("/v1/auth/session", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return client


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_comes_back(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in?next={path.replace('/', '%2F')}"


@pytest.mark.parametrize("path", PAGES)
def test_customers_get_the_page(path: str) -> None:
    answer = signed_in(UserFactory()).get(path)
    assert answer.status_code == 200
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize(("path", "mark"), [*zip(PAGES, ("page", "true", "true"), strict=True)])
def test_the_navigation_marks_batches(path: str, mark: str) -> None:
    shown = signed_in(UserFactory()).get(path).content.decode()
    assert f'<a href="/app/batches" aria-current="{mark}">' in shown


def test_the_page_of_a_batch_is_the_same_for_everybody() -> None:
    mine, others = (signed_in(UserFactory()).get(PAGES[2]).content for _ in range(2))
    assert len(mine) > 1000
    assert b"batch_01jhmz7vw5k2y8n3q6r9t4x1ab" not in mine + others


def test_the_page_knows_the_limits_and_prices_of_this_installation() -> None:
    text = signed_in(UserFactory()).get("/app/batches/new").content.decode()
    assert f'data-max-images="{BATCH_MAX}"' in text
    assert f'data-max-bytes="{settings.MAX_IMAGE_BYTES}"' in text
    assert {tier.name: tier.credits for tier in TIERS} == CREDITS_PER_IMAGE
