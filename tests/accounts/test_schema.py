from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

METHODS = {"get", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


@pytest.fixture(scope="module")
def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        if path.startswith("/v1/auth/")
        for method, operation in methods.items()
        if method in METHODS
    }


def test_every_endpoint_is_there(operations: dict[str, dict[str, Any]]) -> None:
    assert set(operations) == {
        "post /v1/auth/register",
        "post /v1/auth/login",
        "post /v1/auth/refresh",
        "post /v1/auth/logout",
        "post /v1/auth/session",
        "delete /v1/auth/session",
        "get /v1/auth/sessions",
        "delete /v1/auth/sessions/{session_id}",
        "get /v1/auth/me",
        "get /v1/auth/me/mail",
        "patch /v1/auth/me/mail",
        "get /v1/auth/me/export",
        "post /v1/auth/me/export",
        "post /v1/auth/me/erase",
        "post /v1/auth/verify",
        "post /v1/auth/verify/resend",
        "post /v1/auth/password/change",
        "post /v1/auth/password/reset",
        "post /v1/auth/password/reset/confirm",
        "get /v1/auth/api-keys",
        "post /v1/auth/api-keys",
        "patch /v1/auth/api-keys/{key_id}",
        "delete /v1/auth/api-keys/{key_id}",
    }


def test_every_answer_has_an_example(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        assert operation["summary"], name
        for status, response in operation["responses"].items():
            (content,) = response["content"].values()
            assert content["examples"], (name, status)


def test_every_body_has_an_example(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["examples"], name


def test_both_ways_to_authenticate_are_described(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]

    assert schemes["bearer"]["scheme"] == "bearer"
    assert schemes["apiKey"]["name"] == "X-API-Key"
    assert schema["paths"]["/v1/auth/me"]["get"]["security"] == [{"bearer": []}, {"apiKey": []}]
