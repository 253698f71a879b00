"""The landing page, the status page, and what crawlers and browsers ask for by themselves."""

import pytest
from django.test import Client

from billing.plans import PLANS
from billing.pricing import CREDITS_PER_IMAGE

pytestmark = pytest.mark.django_db


def page(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_landing_page_shows_the_prices_of_the_catalogue() -> None:
    found = page("/")
    for credits in CREDITS_PER_IMAGE.values():
        assert f'<p class="figure">{credits} ' in found
    for plan in PLANS.values():
        assert f"{plan.monthly_price_idr:,}".replace(",", ".") in found


def test_the_landing_page_may_be_found_and_the_others_not() -> None:
    assert 'name="robots"' not in page("/")
    assert 'property="og:image"' in page("/")
    assert 'content="noindex"' in page("/sign-in")


def test_crawlers_stay_out_of_the_dashboard_and_the_api() -> None:
    answer = Client().get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain"
    assert {"Disallow: /app/", "Disallow: /v1/"} <= set(answer.content.decode().splitlines())


def test_browsers_find_an_icon_at_the_usual_address() -> None:
    answer = Client().get("/favicon.ico")
    assert answer.headers["Location"].endswith("operators/icon.svg")


@pytest.mark.parametrize("path", ["/status", "/status/"])
def test_the_status_page(path: str) -> None:
    assert "Waiting time of a photo now" in page(path)
