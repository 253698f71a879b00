"""The OpenAPI document of a drop-in surface, written by hand beside its code, and its parts."""

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse
from rest_framework.request import Request

from common.http.openapi import Public

Schema = dict[str, Any]

BINARY: Schema = {"type": "string", "format": "binary"}
KEYS: Schema = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}


class DocumentView(Public):
    """`GET …/schema` of one surface."""

    schema = None
    document: dict[str, Any] = {}

    def get(self, request: Request) -> JsonResponse:
        return JsonResponse(self.document)


def object_of(**properties: Schema) -> Schema:
    """An object that has all of these properties."""
    return {"type": "object", "required": [*properties], "properties": properties}


def json_schema(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def form(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """A multipart form; all of its fields are required unless some are named."""
    fields = {"type": "object", "required": [*(required or properties)], "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": fields}}}


def described(headers: Mapping[str, str]) -> Schema:
    return {
        name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
    }


def json_errors(descriptions: Mapping[str, str]) -> Schema:
    """Responses by status, of the document's `Error`."""
    content = json_schema({"$ref": "#/components/schemas/Error"})
    return {
        status: {"description": text, "content": content} for status, text in descriptions.items()
    }
