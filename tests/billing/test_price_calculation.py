"""`POST /pricing/calculate` and `POST /background-remover/pricing/calculate`."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.accounts.factories import UserFactory, bearer

pytestmark = pytest.mark.django_db

URL = "/v1/pricing/calculate"
URLS = [
    URL,
    URL + "/",
    "/api/pricing/calculate",
    "/v1/background-remover/pricing/calculate",
    "/api/background-remover/pricing/calculate/",
]


def calculate(client: Client, url: str = URL, **body: Any) -> Any:
    return client.post(url, body, content_type="application/json")


def refused(client: Client, **body: Any) -> dict[str, Any]:
    answer = calculate(client, **body)
    assert answer.status_code == 400
    error: dict[str, Any] = answer.json()["error"]
    return error


@pytest.mark.parametrize("url", URLS)
def test_the_documented_answer_to_the_letter(client: Client, url: str) -> None:
    answer = calculate(client, url, imageCount=100, tier="standard")
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "data": {
            "imageCount": 100,
            "tier": "standard",
            "baseCreditsPerImage": 8,
            "baseTotal": 800,
            "discountPercentage": 10,
            "discountAmount": 80,
            "finalTotal": 720,
            "creditsPerImageAfterDiscount": 7.2,
            "breakdown": {"costInIDR": 72000, "costInUSD": 4.8, "savingsIDR": 8000},
        },
    }


def test_numbers_are_json_numbers(client: Client) -> None:
    text = calculate(client, imageCount=100, tier="standard").content.decode()
    assert '"creditsPerImageAfterDiscount":7.2,' in text
    assert '"costInUSD":4.8,' in text


def test_anyone_may_ask(client: Client) -> None:
    for headers in ({}, {"Authorization": bearer(UserFactory())}, {"Authorization": "Bearer no"}):
        answer = client.post(
            URL,
            {"imageCount": 2, "tier": "basic"},
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 0, -5])
def test_too_few_images(client: Client, count: int) -> None:
    error = refused(client, imageCount=count, tier="basic")
    assert error["code"] == "INVALID_INPUT"
    assert error["message"] == f"A batch has at least 2 images, not {count}"
    assert error["details"] == {"imageCount": count, "minimum": 2, "maximum": 500}


@pytest.mark.parametrize("count", [501, 10**6])
def test_too_many_images(client: Client, count: int) -> None:
    error = refused(client, imageCount=count, tier="basic")
    assert error["code"] == "BATCH_TOO_LARGE"
    assert error["message"] == f"A batch has at most 500 images, not {count}"
    assert error["details"]["maximum"] == 500


@pytest.mark.parametrize("count", [2.5, "many", None, True, [3], {"n": 3}, ""])
def test_a_count_that_is_no_whole_number(client: Client, count: object) -> None:
    error = refused(client, imageCount=count, tier="basic")
    assert error["code"] == "INVALID_INPUT"
    assert "imageCount" in error["message"]


@pytest.mark.parametrize("tier", ["gold", "", "BASIC", None, 3, ["basic"]])
def test_an_unknown_tier(client: Client, tier: object) -> None:
    error = refused(client, imageCount=10, tier=tier)
    assert error["code"] == "INVALID_INPUT"
    assert "tier" in error["message"]


def test_the_error_names_the_tiers(client: Client) -> None:
    error = refused(client, imageCount=10, tier="gold")
    assert "basic, standard, professional, industry" in error["message"]


def test_missing_fields(client: Client) -> None:
    error = refused(client)
    assert error["code"] == "MISSING_REQUIRED_FIELD"
    assert error["details"] == {"missing": ["imageCount", "tier"]}


def test_unknown_fields(client: Client) -> None:
    error = refused(client, imageCount=10, tier="basic", coupon="FREE")
    assert error["code"] == "INVALID_INPUT"
    assert "coupon" in error["message"]


@pytest.mark.parametrize("body", ["", "{", "[]", "7", "null", '{"imageCount": 1e999}'])
def test_a_body_that_is_no_object(client: Client, body: str) -> None:
    answer = client.post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["success"] is False


def test_other_methods_than_post_are_refused(client: Client) -> None:
    answer = client.get(URL)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_anonymous_callers_are_limited_by_address(client: Client, settings: LazySettings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": (2, 60, 2)}
    statuses = [calculate(client, imageCount=2, tier="basic").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_every_answer_names_the_limit(client: Client) -> None:
    answer = calculate(client, imageCount=2, tier="basic")
    assert answer.headers["X-RateLimit-Limit"] == "120"
    assert json.loads(answer.content)["success"] is True


def test_the_documentation_links_to_the_pricing_page(client: Client) -> None:
    answer = client.get("/docs/pricing.md")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "captured = min(T(n), floor(k · T(k+f) / (k+f)))" in answer.content.decode()
    schema = client.get("/v1/schema?format=json").content.decode()
    assert "/docs/pricing.md" in schema
