"""`GET /v1/schema` and `GET /docs`."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate

from common.http import openapi
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


def schema(**headers: str) -> Any:
    return Client().get("/v1/schema?format=json", headers=headers)


def test_it_is_a_valid_openapi_document() -> None:
    validate(schema().json())


@pytest.mark.parametrize(
    ("query", "accept", "begins"),
    [
        ("?format=json", "*/*", b"{"),
        ("?format=yaml", "application/json", b"openapi: 3"),
        ("", "*/*", b"openapi: 3"),
        ("", OPEN_API_JSON, b"{"),
        ("", "application/json", b"{"),
    ],
)
def test_its_format_is_chosen_by_query_or_accept(query: str, accept: str, begins: bytes) -> None:
    response = Client().get(f"/v1/schema{query}", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.content.startswith(begins)


def test_an_unknown_format_is_refused_with_a_list_of_the_formats() -> None:
    response = Client().get("/v1/schema?format=xml")
    assert (response.status_code, error(response)["details"]) == (
        400,
        {"allowed": ["json", "yaml"]},
    )


def test_an_unchanged_document_is_not_sent_again() -> None:
    etag = schema()["ETag"]
    again = schema(**{"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert schema(**{"If-None-Match": '"other"'}).status_code == 200


def test_parallel_requests_get_one_document_that_is_built_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The generator is not safe to run in several threads at once."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": (10_000, 60, 10_000)}
    built: list[int] = []
    generate: Any = SchemaGenerator.get_schema

    def counting(self: Any, **kwargs: Any) -> Any:
        built.append(1)
        return generate(self, **kwargs)

    monkeypatch.setattr(SchemaGenerator, "get_schema", counting)
    monkeypatch.setattr(openapi, "_built", {})
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: schema(), range(64)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(built) == 1


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in schema().json()["paths"].items()
        for method, operation in methods.items()
    ]


def test_everything_is_described_for_callers() -> None:
    """Docstrings are for those who read the code."""
    text = schema().content.decode()
    assert "rate_policy" not in text
    assert "A shape of input" not in text
    for where, operation in operations():
        assert operation.get("summary"), where
        assert len(operation.get("description", "")) > 10, where
        assert not re.match("`(GET|POST|PATCH|DELETE)", operation["description"]), where
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (where, parameter["name"])
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert response["description"], (where, status)


def codes(where: str) -> set[str]:
    found = dict(operations())[where]["responses"].values()
    bodies = [response.get("content", {}).get("application/json", {}) for response in found]
    examples = [example for body in bodies for example in body.get("examples", {}).values()]
    return {example["value"].get("error", {}).get("code") for example in examples} - {None}


def test_errors_that_follow_from_what_an_endpoint_is_made_of_are_listed() -> None:
    remove = codes("post /v1/background-remover/remove")
    assert {"TIER_NOT_ALLOWED", "QUOTA_EXCEEDED", "INSUFFICIENT_CREDITS"} <= remove
    assert {"TOKEN_EXPIRED", "INVALID_TOKEN", "UNAUTHORIZED", "FORBIDDEN"} <= remove
    assert {"FILE_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "INTERNAL_ERROR"} <= remove
    retry = codes("post /v1/background-remover/batch/{batch_id}/retry")
    resume = codes("post /v1/background-remover/subscription/resume")
    assert {"INVALID_INPUT", "IDEMPOTENCY_KEY_REUSED", "REQUEST_IN_PROGRESS"} <= retry & resume
    assert "NOT_FOUND" in codes("get /v1/background-remover/jobs/{job_id}")
    assert "INSUFFICIENT_PERMISSIONS" in codes("get /v1/admin/jobs")
    assert "UNAUTHORIZED" not in codes("post /v1/pricing/calculate")


def test_the_query_reaches_no_header() -> None:
    response = Client().get("/v1/schema?version=a%0d%0a%22b")
    assert (
        response.headers["Content-Disposition"]
        == Client().get("/v1/schema").headers["Content-Disposition"]
    )


def test_reading_the_schema_is_limited(settings: Any) -> None:
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
