"""The OpenAPI document of rembg's API as it is answered here, at `/api/remove/schema`."""

from typing import Any

from integrations.compat.rembg.parameters import MODELS

_SWITCH = {"type": "boolean", "default": False}
_SHAPES: dict[str, Any] = {
    "model": {
        "type": "string",
        "enum": sorted(MODELS),
        "description": "Used if the tier has it here; `X-Model` says which one ran.",
    },
    "a": {**_SWITCH, "description": "Alpha matting. Edges are always cleaned here."},
    "af": {"type": "integer", "minimum": 0, "maximum": 255, "default": 240},
    "ab": {"type": "integer", "minimum": 0, "maximum": 255, "default": 10},
    "ae": {"type": "integer", "minimum": 0, "default": 10},
    "om": {**_SWITCH, "description": "Only the mask."},
    "ppm": {**_SWITCH, "description": "Fill holes and drop specks of the mask."},
    "dc": _SWITCH,
    "vm": _SWITCH,
}
_QUERY: dict[str, Any] = {
    "bgc": {"type": "string", "description": "`R,G,B,A`, each from 0 to 255."},
    "extras": {"type": "string", "description": "A JSON object; it changes nothing here."},
}


def _parameters(shapes: dict[str, Any], required: str = "") -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "schema": shape, "required": name == required}
        for name, shape in shapes.items()
    ]


_ERRORS: dict[str, Any] = {
    status: {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for status, text in {
        "400": "The picture, an address, `bgc` or `extras` cannot be used. Nothing is charged.",
        "401": "No key, or one that is not valid.",
        "402": "Neither a subscription nor credits pay for it.",
        "422": "A parameter is missing or has the wrong type.",
        "429": "Too many requests; see `Retry-After`.",
        "503": "The service is busy or under maintenance; send the same request again.",
    }.items()
}
_RESPONSES: dict[str, Any] = {
    "200": {
        "description": "A PNG, whatever the parameters; empty and free without a subject.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    },
    **_ERRORS,
}
_FORM = {"file": {"type": "string", "format": "binary"}, **_SHAPES}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": "Lumiku: rembg",
        "version": "1.0",
        "description": "The API of rembg's server, answered by this service. "
        "docs/migrating/rembg.md says what differs.",
    },
    "paths": {
        "/api/remove": {
            "get": {
                "operationId": "removeByAddress",
                "summary": "Remove the background of an image at an address",
                "parameters": _parameters({"url": {"type": "string"}, **_SHAPES, **_QUERY}, "url"),
                "responses": _RESPONSES,
            },
            "post": {
                "operationId": "removeFile",
                "summary": "Remove the background of an image",
                "parameters": _parameters(_QUERY),
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "required": ["file"],
                                "properties": _FORM,
                            }
                        }
                    }
                },
                "responses": _RESPONSES,
            },
        }
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
        "schemas": {
            "Error": {"type": "object", "required": ["detail"], "properties": {"detail": {}}}
        },
    },
    "security": [{"key": []}, {"bearer": []}],
}
