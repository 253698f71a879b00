"""`GET /v1/schema` and `GET /docs`."""

from typing import Any

import pytest
from django.test import Client

from common.http.errors import ApiError
from common.http.openapi import errors
from tests.common.http import error

pytestmark = pytest.mark.django_db
OPEN_API_JSON = "application/vnd.oai.openapi+json"


@pytest.fixture(autouse=True)
def _public_urls(_own_urls: None, settings: Any) -> None:
    settings.ROOT_URLCONF = "config.urls"


@pytest.mark.parametrize("path", ["/v1/schema", "/api/schema/", "/docs"])
def test_everyone_may_read_them(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/v1/schema", "/docs"])
def test_they_can_only_be_read(path: str) -> None:
    assert Client().options(path).status_code == 405
    assert Client().post(path).status_code == 405


def test_the_query_reaches_no_header() -> None:
    response = Client().get("/v1/schema?version=a%0d%0a%22b")
    assert (
        response.headers["Content-Disposition"]
        == Client().get("/v1/schema").headers["Content-Disposition"]
    )


def test_making_the_schema_is_limited(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": (1, 60, 1)}
    accept = {"Accept": OPEN_API_JSON}
    assert Client().get("/v1/schema", headers=accept).status_code == 200
    response = Client().get("/v1/schema", headers=accept)
    assert (response.status_code, error(response)["code"]) == (429, "RATE_LIMIT_EXCEEDED")


def test_an_endpoint_with_two_addresses_is_shown_once() -> None:
    document = Client().get("/v1/schema", headers={"Accept": OPEN_API_JSON}).json()
    jobs = [path for path in document["paths"] if path.endswith("/admin/jobs")]
    assert jobs == ["/v1/admin/jobs"]


@pytest.mark.parametrize("kind", [kind for kind in ApiError.__subclasses__() if kind.status < 500])
def test_no_error_of_a_caller_is_documented_as_ours(kind: type[ApiError]) -> None:
    [response] = errors(kind).values()
    [example] = response.examples
    assert example.value["error"]["message"] != ApiError.message


def test_errors_that_share_a_code_are_all_shown() -> None:
    document = Client().get("/v1/schema", headers={"Accept": OPEN_API_JSON}).json()
    subscribing = document["paths"]["/v1/background-remover/subscription"]["post"]
    examples = subscribing["responses"]["503"]["content"]["application/json"]["examples"]
    said = [example["value"]["error"]["message"] for example in examples.values()]
    assert len(said) == 2
    assert ["nothing was changed" in message for message in said] == [True, False]
