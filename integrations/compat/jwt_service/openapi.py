"""The OpenAPI document of the JWT service's API, at `/api/remove-background/schema`."""

from typing import Any

from integrations.compat.jwt_service.views import FORMATS
from integrations.compat.openapi import (
    BINARY,
    KEYS,
    described,
    form,
    json_errors,
    json_schema,
    object_of,
)

_TEXT: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer"}
_SECONDS: dict[str, Any] = {"type": "number", "description": "Seconds, of finished images."}
_KEY = json_errors({"401": "`Unauthorized` without credentials, else `Invalid token`."})
_ERRORS = {
    **_KEY,
    **json_errors(
        {
            "400": "The picture cannot be used, or shows no subject. Nothing is charged.",
            "402": "Neither a subscription nor credits pay for it.",
            "413": "The file is too large.",
            "422": "Parameters are missing or have the wrong type; `detail` lists them.",
            "429": "Too many requests; see `Retry-After`.",
            "503": "The service is busy or under maintenance; send the same request again.",
        }
    ),
}
_USER = {
    "name": "user_id",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "maxLength": 200},
    "description": "A user of the caller's own, who is named in the token.",
}
_METRICS = object_of(
    total_requests=_COUNT,
    successful_requests=_COUNT,
    failed_requests=_COUNT,
    average_processing_time=_SECONDS,
    p95_processing_time=_SECONDS,
    credits_used=_COUNT,
    credits_available=_COUNT,
    user_id={"type": "string", "description": "The user named in the token."},
)

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": "Lumiku: JWT service",
        "version": "1.0",
        "description": "The API of the background removal service with tokens, answered by this "
        "service. docs/migrating/jwt-service.md says what differs.",
    },
    "paths": {
        "/health/": {
            "get": {
                "operationId": "healthOfComponents",
                "summary": "Whether the service and what it needs run",
                "responses": {
                    "200": {"description": "All do.", "content": json_schema({"type": "object"})},
                    "503": {
                        "description": "Not all do.",
                        "content": json_schema({"type": "object"}),
                    },
                    **_KEY,
                },
            }
        },
        "/auth/token": {
            "post": {
                "operationId": "token",
                "summary": "A token for the holder of an API key",
                "parameters": [_USER],
                "responses": {
                    "200": {
                        "description": "The token.",
                        "content": json_schema(object_of(access_token=_TEXT, token_type=_TEXT)),
                    },
                    **_KEY,
                    "422": _ERRORS["422"],
                },
            }
        },
        "/api/remove-background": {
            "post": {
                "operationId": "removeBackground",
                "summary": "Remove the background of an image",
                "requestBody": form(
                    ("file",),
                    file=BINARY,
                    output_format={
                        "type": "string",
                        "enum": [*FORMATS],
                        "default": "png",
                        "description": "In any case. A JPEG has a white background.",
                    },
                ),
                "responses": {
                    "200": {
                        "description": "The image.",
                        "headers": described(
                            {
                                "X-Job-Id": "The job, for the native API.",
                                "X-Model": "The model that ran.",
                                "X-Credits-Charged": "0 where a subscription pays.",
                            }
                        ),
                        "content": {
                            f"image/{name}": {"schema": BINARY} for name in ("png", "jpeg", "webp")
                        },
                    },
                    **_ERRORS,
                },
            }
        },
        "/metrics/": {
            "get": {
                "operationId": "metrics",
                "summary": "What the account has done",
                "responses": {
                    "200": {"description": "Counts.", "content": json_schema(_METRICS)},
                    **_KEY,
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
    "security": [{"bearer": []}, {"key": []}],
}
