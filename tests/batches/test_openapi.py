"""The OpenAPI document of batches, and that answers match it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from batches.api import openapi
from removal.options import NAMES
from tests.batches.factories import ended, started

PATHS = {
    "/v1/background-remover/batch": {"get": "200", "post": "201"},
    "/v1/background-remover/batch/{batch_id}": {"get": "200", "delete": "200"},
    "/v1/background-remover/batch/{batch_id}/items": {"get": "200"},
    "/v1/background-remover/batch/{batch_id}/cancel": {"post": "200"},
    "/v1/background-remover/batch/{batch_id}/retry": {"post": "201"},
}
OPERATIONS = [(path, method, PATHS[path][method]) for path in PATHS for method in PATHS[path]]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(("path", "method", "status"), OPERATIONS)
def test_every_endpoint_has_a_summary_an_example_and_its_errors(
    document: dict[str, Any], path: str, method: str, status: str
) -> None:
    operation = document["paths"][path][method]
    assert operation["summary"]
    assert operation["description"]
    success = operation["responses"][status]
    assert success["content"]["application/json"]["examples"]
    assert "X-RateLimit-Remaining" in success["headers"]
    assert {"401", "403", "429"} <= set(operation["responses"])


def test_endpoints_that_cost_money_take_an_idempotency_key(document: dict[str, Any]) -> None:
    for path in ("/v1/background-remover/batch", "/v1/background-remover/batch/{batch_id}/retry"):
        parameters = document["paths"][path]["post"]["parameters"]
        assert "Idempotency-Key" in {one["name"] for one in parameters}


def test_start_takes_files_or_uploads_and_every_option(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    form, json = schemas["StartRequest"], schemas["StartByUploadsRequest"]
    assert form["properties"]["images"]["items"]["format"] == "binary"
    of_surfaces = {"roi", "max_result_pixels", "solid", "binary_mask", "despill"}
    options = {
        "preset",
        *(name for name in NAMES if name not in of_surfaces),
        "tier",
        "name",
        "webhookUrl",
        "uploadIds",
    }
    assert set(json["properties"]) == options
    assert set(form["properties"]) == options | {"images", "bg_image"}


def documented(document: dict[str, Any], path: str) -> set[str]:
    """The names of the fields of the `data` that a path answers with."""
    schemas = document["components"]["schemas"]
    answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    data = schemas[answer["schema"]["$ref"].rsplit("/", 1)[-1]]["properties"]["data"]["$ref"]
    return set(schemas[data.rsplit("/", 1)[-1]]["properties"])


@pytest.mark.django_db
def test_answers_have_the_documented_fields(
    document: dict[str, Any], api: Client, owner: User
) -> None:
    batch = ended(owner, images=2, broken=1)
    path = "/v1/background-remover/batch/{batch_id}"
    data = api.get(path.format(batch_id=batch.public_id)).json()["data"]
    assert set(data) == set(openapi.COMPLETED) == documented(document, path)
    items = api.get(f"{path.format(batch_id=batch.public_id)}/items").json()["data"]["items"]
    assert set(items[0]) == set(openapi.ITEMS["items"][0])


@pytest.mark.django_db
def test_listed_batches_have_the_documented_fields(api: Client, owner: User) -> None:
    started(owner)
    [line] = api.get("/v1/background-remover/batch").json()["data"]["batches"]
    assert set(line) == set(openapi.BATCHES["batches"][0])
