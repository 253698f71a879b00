"""The OpenAPI document of uploads."""

from typing import Any

import pytest
from django.test import Client

ROOT = "/v1/background-remover/uploads"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("path", "method", "status", "errors"),
    [
        (ROOT, "post", "201", {"400", "401", "403", "409", "429"}),
        (f"{ROOT}/{{upload_id}}", "get", "200", {"401", "403", "404", "429"}),
        (f"{ROOT}/{{upload_id}}", "delete", "200", {"401", "403", "404", "409", "429"}),
        (f"{ROOT}/{{upload_id}}/file", "put", "200", {"400", "403", "404", "409"}),
    ],
)
def test_every_endpoint_has_a_summary_an_example_and_its_errors(
    document: dict[str, Any], path: str, method: str, status: str, errors: set[str]
) -> None:
    operation = document["paths"][path][method]
    assert operation["summary"]
    assert operation["responses"][status]["content"]["application/json"]["examples"]
    assert {status, *errors} <= set(operation["responses"])


def test_the_file_is_sent_as_it_is(document: dict[str, Any]) -> None:
    body = document["paths"][f"{ROOT}/{{upload_id}}/file"]["put"]["requestBody"]["content"]
    assert {"image/jpeg", "image/png", "image/webp", "image/heic", "image/avif"} <= set(body)


def test_announcing_has_an_example(document: dict[str, Any]) -> None:
    body = document["paths"][ROOT]["post"]["requestBody"]["content"]["application/json"]
    assert body["examples"]
