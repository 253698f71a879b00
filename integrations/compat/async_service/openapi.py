"""The OpenAPI document of the asynchronous service's API, at `/process/schema`."""

from typing import Any

from django.conf import settings

from integrations.compat.async_service.views import FORMATS, QUALITY
from integrations.compat.openapi import BINARY, KEYS, form, json_errors, json_schema, object_of
from removal.engine.types import MAX_SCALE, MIN_SCALE

_TEXT: dict[str, Any] = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}
_ERRORS = {
    "400": "The picture cannot be used, or the result would be too large. Nothing is charged.",
    "401": "No key, or one that is not valid.",
    "402": "Neither a subscription nor credits pay for it.",
    "413": "The file is too large.",
    "422": "Parameters are missing or have the wrong type; `detail` lists them.",
    "429": "Too many requests; see `Retry-After`.",
    "503": "The service is busy or under maintenance; send the same request again.",
}
_GONE = {"404": "There is no such request, or its result has expired."}
_PATH = [{"name": "processing_id", "in": "path", "required": True, "schema": _ID}]


def document() -> dict[str, Any]:
    """Made when it is first needed: the models that may be asked for are a setting."""
    fields: dict[str, Any] = {
        "file": BINARY,
        "email": {
            "type": "string",
            "description": "Gets a mail when it has ended, if this is a verified address of the "
            "key's owner.",
        },
        "model": {
            "type": "string",
            "enum": [*settings.MODEL_NAMES],
            "description": "Used if the tier has it here; the tier chooses without one.",
        },
        "output_format": {"type": "string", "enum": [*FORMATS], "default": "png"},
        "quality": {"type": "integer", "minimum": 1, "maximum": 100, "default": QUALITY},
        "scale": {"type": "number", "minimum": MIN_SCALE, "maximum": MAX_SCALE, "default": 1.0},
    }
    accepted = object_of(processing_id=_ID, status_url=_TEXT, message=_TEXT)
    status = object_of(
        processing_id=_ID,
        status={"type": "string", "enum": ["processing", "completed", "failed"]},
    )
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Lumiku: asynchronous service",
            "version": "1.0",
            "description": "The API of the asynchronous background removal service, answered by "
            "this service. docs/migrating/async-service.md says what differs.",
        },
        "paths": {
            "/process": {
                "post": {
                    "operationId": "process",
                    "summary": "Process an image",
                    "requestBody": form(("file", "email"), **fields),
                    "responses": {
                        "202": {"description": "Accepted.", "content": json_schema(accepted)},
                        **json_errors(_ERRORS),
                    },
                }
            },
            "/status/{processing_id}": {
                "get": {
                    "operationId": "status",
                    "summary": "How far it is",
                    "security": [],
                    "parameters": _PATH,
                    "responses": {
                        "200": {"description": "Its state.", "content": json_schema(status)},
                        **json_errors(_GONE),
                    },
                }
            },
            "/download/{processing_id}": {
                "get": {
                    "operationId": "download",
                    "summary": "The finished image, as an attachment",
                    "security": [],
                    "parameters": _PATH,
                    "responses": {
                        "200": {
                            "description": "The image.",
                            "content": {
                                "image/png": {"schema": BINARY},
                                "image/jpeg": {"schema": BINARY},
                            },
                        },
                        **json_errors({**_GONE, "423": "It is still being processed."}),
                    },
                }
            },
        },
        "components": {
            "securitySchemes": KEYS,
            "schemas": {
                "Error": {"type": "object", "required": ["detail"], "properties": {"detail": {}}}
            },
        },
        "security": [{"key": []}, {"bearer": []}],
    }
