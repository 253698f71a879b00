"""The OpenAPI document of PhotoRoom's API as it is answered here, at `/v1/segment/schema`."""

from typing import Any

from integrations.compat.openapi import BINARY, Schema, form, json_errors, json_schema, object_of
from integrations.compat.photoroom.parameters import CHANNELS, FORMATS, SIZES

_NUMBER: Schema = {"type": "integer", "minimum": 0}
_IMAGES = object_of(available=_NUMBER, subscription=_NUMBER)
_SWITCH: Schema = {"type": "string", "enum": ["true", "false"], "default": "false"}

_ERRORS = json_errors(
    {
        "400": "The picture or a field cannot be used, or there is no subject. Nothing is charged.",
        "402": "Neither a subscription nor credits pay for it.",
        "403": "No key, or one that is not valid.",
        "429": "Too many requests; see `Retry-After`.",
        "503": "The service is busy or under maintenance; send the same request again.",
    }
)
_PICTURE: Schema = {
    "description": "The picture, or JSON where `Accept` names only `application/json`.",
    "content": {
        **{f"image/{kind}": {"schema": BINARY} for kind in ("png", "jpeg", "webp")},
        **json_schema(object_of(base64img={"type": "string", "format": "byte"})),
    },
}


def _account(summary: str, operation: str, body: Schema) -> Schema:
    answer = {"description": "What the account may spend.", "content": json_schema(body)}
    responses = {"200": answer, **{key: _ERRORS[key] for key in ("403", "429")}}
    return {"get": {"operationId": operation, "summary": summary, "responses": responses}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": "Lumiku: PhotoRoom",
        "version": "1.0",
        "description": "PhotoRoom's basic API, answered by this service. "
        "docs/migrating/photoroom.md says what differs.",
    },
    "paths": {
        "/v1/segment": {
            "post": {
                "operationId": "segment",
                "summary": "Remove the background of an image",
                "requestBody": form(
                    ("image_file",),
                    image_file=BINARY,
                    format={"type": "string", "enum": [*FORMATS], "default": "png"},
                    channels={"type": "string", "enum": [*CHANNELS], "default": "rgba"},
                    bg_color={"type": "string", "description": "`#rrggbb` or a colour's name."},
                    size={
                        "type": "string",
                        "enum": [*SIZES],
                        "default": "full",
                        "description": "At most 0.25, 1.5, 4 or 36 megapixels.",
                    },
                    crop={**_SWITCH, "description": "To the subject's border."},
                    despill={**_SWITCH, "description": "Remove green reflections."},
                ),
                "responses": {"200": _PICTURE, **_ERRORS},
            }
        },
        "/v1/account": _account(
            "Images that the account may still have", "account", object_of(credits=_IMAGES)
        ),
        "/v2/account": _account(
            "Images and plan",
            "accountWithPlan",
            object_of(images=_IMAGES, plan={"type": "string"}),
        ),
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        "schemas": {
            "Error": object_of(
                detail={"type": "string"},
                status_code={"type": "integer"},
                type={"type": "string"},
            )
        },
    },
    "security": [{"key": []}],
}
