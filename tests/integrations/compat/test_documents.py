"""The OpenAPI documents of drop-in surfaces, beside the native one."""

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from common.http.openapi import document
from integrations.compat.removebg import parameters, requests

pytestmark = pytest.mark.django_db


def fetched(path: str) -> dict[str, Any]:
    answer = Client().get(path)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


PATHS = [
    *("/v1.0/schema", "/api/remove/schema", "/v1/segment/schema"),
    *("/remove-bg/schema", "/process/schema", "/api/remove-background/schema"),
]


@pytest.mark.parametrize("path", PATHS)
def test_it_is_a_valid_document_open_to_everyone(path: str) -> None:
    validate: Any = validate_schema
    validate(fetched(path))


def test_the_native_document_leaves_drop_ins_out_and_links_to_theirs() -> None:
    body = document("json", "application/json").body
    assert b'"/v1.0/removebg' not in body
    assert b'"/v1/remove"' not in body
    assert b'"/v1/segment"' not in body
    assert [path for path in PATHS if f"({path})".encode() not in body] == []


def test_every_parameter_of_removebg_is_documented() -> None:
    post = fetched("/v1.0/schema")["paths"]["/v1.0/removebg"]["post"]
    shapes = post["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    values = dict.fromkeys(shapes, "?")
    # What is documented is read: a value that fits nothing is refused by name.
    for name in set(shapes) - {*requests.SOURCES, *requests.BACKGROUNDS}:
        with pytest.raises(Exception, match=f"Invalid {name} parameter"):
            parameters.parse({name: values[name]}, background_given=False)
