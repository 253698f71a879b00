"""The OpenAPI document of removals."""

from typing import Any

import pytest
from django.test import Client

from removal import options

PATHS = {
    "/v1/background-remover/remove": ["post"],
    "/v1/background-remover/jobs": ["get"],
    "/v1/background-remover/jobs/{job_id}": ["get", "delete"],
    "/v1/background-remover/jobs/{job_id}/cancel": ["post"],
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in PATHS.items() for method in methods]
)
def test_every_endpoint_has_a_summary_an_example_and_its_errors(
    document: dict[str, Any], path: str, method: str
) -> None:
    operation = document["paths"][path][method]
    assert operation["summary"]
    assert operation["description"]
    assert operation["responses"]["200"]["content"]["application/json"]["examples"]
    assert {"401", "403", "429"} <= set(operation["responses"])


def test_every_option_of_a_removal_is_documented(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/background-remover/remove"]["post"]["requestBody"]["content"]
    name = body["multipart/form-data"]["schema"]["$ref"].rsplit("/", 1)[-1]
    properties = document["components"]["schemas"][name]["properties"]
    others = {"image", "image_url", "image_b64", "async", "webhookUrl", "tier", "bg_image"}
    others |= {"preset"}
    of_surfaces = {"roi", "max_result_pixels", "solid", "binary_mask", "despill"}
    assert set(properties) == others | {*options.NAMES} - of_surfaces


def test_removal_documents_its_headers_and_examples(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/background-remover/remove"]["post"]
    names = {one["name"] for one in operation["parameters"]}
    assert names == {"Accept", "Prefer", "Idempotency-Key"}
    assert all(kind["examples"] for kind in operation["requestBody"]["content"].values())
    assert "X-RateLimit-Remaining" in operation["responses"]["200"]["headers"]
    assert "Retry-After" in operation["responses"]["503"]["headers"]


def test_files_are_binary_and_not_for_json(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["SingleRequest"]["properties"]["image"]["format"] == "binary"
    assert "image" not in schemas["SingleByAddressRequest"]["properties"]


def test_listing_documents_its_parameters(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/v1/background-remover/jobs"]["get"]["parameters"]
    assert {one["name"] for one in parameters if one["in"] == "query"} == {
        "page",
        "limit",
        "status",
        "tier",
        "batch",
        "kind",
        "search",
        "cursor",
        "startDate",
        "endDate",
        "sortBy",
        "sortOrder",
    }
