"""The OpenAPI document of remove.bg's API as it is answered here, at `/v1.0/schema`."""

from typing import Any

from integrations.compat.removebg.parameters import FORMATS, LEVELS, SHADOWS, SIZES, TYPES


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


_PARAMETERS: dict[str, Any] = {
    "image_file_b64": _text("The image as base64."),
    "image_url": _text("Where to fetch the image. Private addresses are refused."),
    "size": _text(
        "Largest result: `preview`, `small` and `regular` 0.25 megapixels at the price of basic; "
        "`medium` 1.5, `hd` 4, `full` and `4k` 25, `50MP` 50, `auto` the largest allowed.",
        default="preview",
        enum=[name.replace("mp", "MP") for name in SIZES],
    ),
    "type": _text(
        "What the picture shows, if you know it. It is only said again in `X-Type`, and `auto` as "
        "`other`: pictures are not classified here.",
        default="auto",
        enum=list(TYPES),
    ),
    "type_level": _text("`none` leaves `X-Type` out.", default="1", enum=list(LEVELS)),
    "format": _text(
        "`auto` is PNG where the result is transparent, else JPG. PNG has at most 10 megapixels. "
        "`zip` holds `color.jpg` and `alpha.png`, without a background or shadow.",
        default="auto",
        enum=list(FORMATS),
    ),
    "roi": _text("`x1 y1 x2 y2`, each in px or %: where the subject is looked for."),
    "crop": {"type": "boolean", "default": False, "description": "Cut off the empty border."},
    "crop_margin": _text("One, two or four margins of at most 50% or 500px, with `crop`."),
    "scale": _text(
        "How much of the canvas the subject fills, `10%` to `100%`; implies `position=center`. "
        "Without effect with `crop`.",
        default="original",
    ),
    "position": _text(
        "`original`, `center`, or one or two percentages, across and down. Without effect with "
        "`crop`.",
        default="original",
    ),
    "channels": _text(
        "`alpha` is the mask alone, without a background or shadow.",
        default="rgba",
        enum=["rgba", "alpha"],
    ),
    "bg_color": _text("Hex of 3, 4, 6 or 8 digits, with or without `#`, or a name."),
    "bg_image_url": _text("Where to fetch a picture that is put behind and covers the canvas."),
    "semitransparency": {
        "type": "boolean",
        "default": True,
        "description": "`false` makes half-transparent parts opaque or nothing.",
    },
    "add_shadow": {"type": "boolean", "default": False, "description": "A contact shadow."},
    "shadow_type": _text("Anything but `none` is a contact shadow.", enum=list(SHADOWS)),
    "shadow_opacity": _text("0 to 100; default 45."),
}
_FILES: dict[str, Any] = {
    name: {"type": "string", "format": "binary", "description": text}
    for name, text in {
        "image_file": "The image: at most 22 MB and 50 megapixels.",
        "bg_image_file": "A picture that is put behind and covers the canvas.",
    }.items()
}
_HEADERS: dict[str, Any] = {
    name: {"description": text, "schema": {"type": "string"}}
    for name, text in {
        "X-Credits-Charged": "What was charged, as a decimal number.",
        "X-Credits-Calculated": "The price; 0 is charged where a subscription pays.",
        "X-Type": "See `type`.",
        "X-Width": "Pixels of the result.",
        "X-Height": "Pixels of the result.",
        "X-Max-Width": "Pixels that the largest size would have in this format.",
        "X-Max-Height": "Pixels that the largest size would have in this format.",
        "X-Foreground-Top": "Where the subject lies in the result.",
        "X-Foreground-Left": "Where the subject lies in the result.",
        "X-Foreground-Width": "The subject's size in the result.",
        "X-Foreground-Height": "The subject's size in the result.",
        "X-Model": "The model that ran.",
        "X-Job-Id": "The job, for the native API.",
        "X-RateLimit-Limit": "Megapixels a minute.",
        "X-RateLimit-Remaining": "Megapixels that may be sent now.",
        "X-RateLimit-Reset": "Unix seconds.",
    }.items()
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_JSON_RESULT = {
    "type": "object",
    "properties": {
        "data": {
            "type": "object",
            "properties": {
                "result_b64": {"type": "string"},
                **{
                    f"foreground_{side}": {"type": "integer"}
                    for side in ("top", "left", "width", "height")
                },
            },
        }
    },
}
_KEPT = {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}}
_IMAGE_FILE = {"image_file": _FILES["image_file"]}
_GIVEN: dict[str, Any] = {
    **{name: _PARAMETERS[name] for name in ("image_file_b64", "image_url")},
    "image_filename": _text("How the file is called."),
    "tag": _text("At most 128 characters of yours, for example which kind of mistake it shows."),
}
_CREDITS = {name: {"type": "number"} for name in ("total", "subscription", "payg", "enterprise")}


def _error(description: str, **more: Any) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Errors"}
    return {"description": description, "content": {"application/json": {"schema": schema}}, **more}


_ERRORS: dict[str, Any] = {
    "402": _error("`insufficient_credits`: neither a subscription nor credits pay for it."),
    "403": _error("`auth_failed`: no key, a key that is not valid, or one without the scope."),
    "429": _error(
        "`rate_limit_exceeded`",
        headers={"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    ),
    "503": _error("The service is busy or under maintenance; send the same request again."),
}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {
        "title": "Lumiku: remove.bg v1.0",
        "version": "1.0",
        "description": "The API that remove.bg's clients speak, answered by this service. "
        "docs/migrating/removebg.md says what differs.",
    },
    "paths": {
        "/v1.0/removebg": {
            "post": {
                "operationId": "removebg",
                "summary": "Remove the background of an image",
                "description": "Send one of `image_file`, `image_file_b64` and `image_url`. An "
                "empty text counts as absent, and names that are not known are passed over. The "
                "answer is the picture, or JSON with `Accept: application/json`. The same request "
                "again while the first runs, or within ten minutes when its answer did not "
                "arrive, gets the first one's result and is charged once.",
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {**_FILES, **_PARAMETERS}}
                        },
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": _PARAMETERS}
                        },
                        "application/json": {
                            "schema": {"type": "object", "properties": _PARAMETERS}
                        },
                    }
                },
                "responses": {
                    "200": {
                        "description": "The result",
                        "headers": _HEADERS,
                        "content": {
                            **dict.fromkeys(
                                ("image/png", "image/jpeg", "image/webp", "application/zip"),
                                _BINARY,
                            ),
                            "application/json": {"schema": _JSON_RESULT},
                        },
                    },
                    "400": _error(
                        "`missing_source`, `multiple_sources`, `invalid_image_url`, "
                        "`failed_image_download`, `failed_to_read_image`, `file_too_large`, "
                        "`invalid_file_type`, `invalid_dimensions`, `resolution_too_high`, "
                        "`unknown_foreground`, `roi_exceeds_bounds`, `roi_region_empty`, "
                        "`multiple_bg_sources`, `invalid_bg_image_url`, `failed_bg_download`, or "
                        "`invalid_` and the name of a parameter. Nothing is charged."
                    ),
                    **_ERRORS,
                },
            }
        },
        "/v1.0/improve": {
            "post": {
                "operationId": "improve",
                "summary": "Give a picture to learn from",
                "description": "Sending a picture is the consent to keep it for a limited time "
                "and to improve the models with it. Free of charge. A 404 unless the operator of "
                "this installation offers it (`REMOVEBG_IMPROVE`). The same picture again has "
                "the same identifier.",
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {**_IMAGE_FILE, **_GIVEN}}
                        },
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": _GIVEN}
                        },
                        "application/json": {"schema": {"type": "object", "properties": _GIVEN}},
                    }
                },
                "responses": {
                    "200": {
                        "description": "It is kept",
                        "content": {"application/json": {"schema": _KEPT}},
                    },
                    "400": _error(
                        "As of `/v1.0/removebg`, `invalid_tag`, and `too_many_images` beyond what "
                        "one account may give."
                    ),
                    "404": _error("This installation keeps no pictures to learn from."),
                    **_ERRORS,
                },
            }
        },
        "/v1.0/account": {
            "get": {
                "operationId": "account",
                "summary": "What may be spent",
                "description": "`payg` is the balance of credits, `subscription` the images that "
                "the plan still pays for today.",
                "responses": {
                    "200": {
                        "description": "The account",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {
                                        "data": {
                                            "type": "object",
                                            "properties": {
                                                "attributes": {
                                                    "type": "object",
                                                    "properties": {
                                                        "credits": {
                                                            "type": "object",
                                                            "properties": _CREDITS,
                                                        },
                                                        "api": {
                                                            "type": "object",
                                                            "properties": {
                                                                "free_calls": {"type": "integer"},
                                                                "sizes": {"type": "string"},
                                                            },
                                                        },
                                                    },
                                                }
                                            },
                                        }
                                    },
                                }
                            }
                        },
                    },
                    **_ERRORS,
                },
            }
        },
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
        "schemas": {
            "Errors": {
                "type": "object",
                "required": ["errors"],
                "properties": {
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["title", "code"],
                            "properties": {
                                "title": {"type": "string"},
                                "code": {"type": "string"},
                                "detail": {"type": "string"},
                            },
                        },
                    }
                },
            }
        },
    },
    "security": [{"key": []}, {"bearer": []}],
}
