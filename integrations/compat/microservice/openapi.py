"""The OpenAPI document of the microservice's API as it is answered here, at `/remove-bg/schema`."""

from typing import Any

from integrations.compat.openapi import BINARY, KEYS, described, form, json_errors, json_schema
from integrations.compat.openapi import object_of as _object

_LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_HEADERS: dict[str, Any] = {
    **described(
        {
            "X-Job-Id": "The job, for the native API.",
            "X-Model": "The model that ran.",
            "X-Credits-Charged": "0 where the cache answered or a subscription pays.",
        }
    ),
    **described(dict.fromkeys(_LIMITS, "Requests an hour; the reset in Unix seconds.")),
}
_ERRORS = json_errors(
    {
        "400": "No image, one that is too large or of another type, or one without a subject. "
        "Nothing is charged.",
        "401": "No key, or one that is not valid.",
        "402": "Neither a subscription nor credits pay for it.",
        "429": "More requests than `RATE_LIMIT` an hour; see `Retry-After`.",
        "500": "The image could not be processed. Nothing is charged.",
        "503": "The service is busy or under maintenance; send the same request again.",
    }
)
_BATCH_ID = {"name": "batch_id", "in": "path", "required": True, "schema": {"type": "string"}}
_NAMES = {"type": "array", "items": {"type": "string"}}
_FILES = {
    "type": "array",
    "items": _object(
        filename={"type": "string"},
        status={"type": "string", "enum": ["queued", "processing", "completed", "failed"]},
    ),
}
_STATUS = _object(
    batch_id={"type": "string"},
    files=_FILES,
    completed={"type": "boolean", "description": "The batch has ended, and its ZIP is there."},
    download_url={
        "type": "string",
        "nullable": True,
        "description": "Where the ZIP is. It opens for everyone who has it.",
    },
)

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": "Lumiku: rembg microservice",
        "version": "1.0",
        "description": "The API of the background removal microservice, answered by this service. "
        "docs/migrating/microservice.md says what differs.",
    },
    "paths": {
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the service runs",
                "security": [],
                "responses": {
                    "200": {
                        "description": "It does.",
                        "content": json_schema(_object(status={"type": "string"})),
                    }
                },
            }
        },
        "/remove-bg": {
            "post": {
                "operationId": "removeBg",
                "summary": "Remove the background of an image",
                "description": "The same image of the same account is computed and charged once "
                "for as long as results are kept.",
                "requestBody": form(image=BINARY),
                "responses": {
                    "200": {
                        "description": "A PNG with a transparent background.",
                        "headers": _HEADERS,
                        "content": {"image/png": {"schema": BINARY}},
                    },
                    **_ERRORS,
                },
            }
        },
        "/remove-bg/batch": {
            "post": {
                "operationId": "removeBgBatch",
                "summary": "Queue 1 to 500 images",
                "description": "All of them, or none. The same images of the same account are "
                "the same batch for as long as results are kept.",
                "requestBody": form(images={"type": "array", "items": BINARY}),
                "responses": {
                    "202": {
                        "description": "They are queued.",
                        "content": json_schema(
                            _object(
                                message={"type": "string"},
                                batch_id={"type": "string"},
                                queued_files=_NAMES,
                            )
                        ),
                    },
                    **_ERRORS,
                },
            }
        },
        "/queue-status/{batch_id}": {
            "get": {
                "operationId": "queueStatus",
                "summary": "How far a batch is",
                "parameters": [_BATCH_ID],
                "responses": {
                    "200": {"description": "Its images.", "content": json_schema(_STATUS)},
                    "401": _ERRORS["401"],
                    **json_errors({"404": "There is no such batch of this account."}),
                },
            }
        },
    },
    "components": {
        "securitySchemes": KEYS,
        "schemas": {"Error": _object(error={"type": "string"})},
    },
    "security": [{"key": []}, {"bearer": []}],
}
