"""The webhook endpoints in the OpenAPI document."""

from typing import Any

import pytest
from django.test import Client

from integrations.webhooks import catalogue

_ENDPOINT = "/v1/webhooks/endpoints/{endpoint_id}"
_DELIVERY = "/v1/webhooks/deliveries/{delivery_id}"
PATHS = {
    "/v1/webhooks/endpoints": {"get": "200", "post": "201"},
    _ENDPOINT: {"get": "200", "patch": "200", "delete": "200"},
    f"{_ENDPOINT}/rotate-secret": {"post": "200"},
    f"{_ENDPOINT}/test": {"post": "202"},
    "/v1/webhooks/deliveries": {"get": "200"},
    _DELIVERY: {"get": "200"},
    f"{_DELIVERY}/replay": {"post": "200"},
    "/v1/integrations/webhook-secret": {"get": "200", "post": "201"},
    "/v1/integrations/webhook-deliveries": {"get": "200"},
    "/v1/integrations/webhook-deliveries/{delivery_id}/redeliver": {"post": "200"},
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [(path, method, status) for path, all_ in PATHS.items() for method, status in all_.items()],
)
def test_every_endpoint_has_a_summary_an_example_and_its_errors(
    document: dict[str, Any], path: str, method: str, status: str
) -> None:
    operation = document["paths"][path][method]
    assert operation["summary"]
    assert operation["description"]
    assert operation["responses"][status]["content"]["application/json"]["examples"]
    assert {"401", "403", "429"} <= set(operation["responses"])


def test_every_event_is_in_the_document(document: dict[str, Any]) -> None:
    assert set(document["x-webhooks"]) == set(catalogue.EVENTS)
    reference = document["x-webhooks"]["job.failed"]["post"]["requestBody"]["content"]
    name = reference["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert {"type", "id", "sequence", "data"} <= set(
        document["components"]["schemas"][name]["properties"]
    )
