"""OpenAPI document of the preset endpoints."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from common.http.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import errors, success
from removal.presets import serializers

TAG = "Presets"
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="The preset's name.")

OWN: dict[str, Any] = {
    "name": "my-shop",
    "title": "My shop: 1200 × 1200 on grey",
    "builtIn": False,
    "options": {"canvas": "1200x1200", "fill": "80%", "bg_color": "#f4f4f4", "format": "webp"},
    "source": None,
    "updatedAt": "2025-01-15T10:00:00Z",
}
AMAZON: dict[str, Any] = {
    "name": "amazon",
    "title": "Amazon main picture: 2000 × 2000, white, 85 %",
    "builtIn": True,
    "options": {
        "format": "jpg",
        "quality": 92,
        "bg_color": "#ffffff",
        "canvas": "2000x2000",
        "fill": "85%",
    },
    "source": "https://sellercentral.amazon.com/help/hub/reference/external/G1881",
    "updatedAt": None,
}

list_presets = extend_schema(
    operation_id="listPresets",
    tags=[TAG],
    summary="List the presets that you can use",
    description=(
        "First the built-in ones, which follow what marketplaces publish, then your own. `preset` "
        "of a removal or a batch names one; options that the request gives go over the preset's."
    ),
    responses={
        200: success(
            "Presets",
            serializers.PresetListSerializer,
            example={"presets": [AMAZON, OWN], "maxPresets": 50},
        ),
        **errors(Unauthorized, Forbidden, RateLimited),
    },
)

create_preset = extend_schema(
    operation_id="createPreset",
    tags=[TAG],
    summary="Save a preset",
    description="Everything but the picture, its tier, its model and a background picture.",
    request=serializers.NewPresetSerializer,
    examples=[
        OpenApiExample(
            "A square on white",
            value={
                "name": "shop-square",
                "title": "Square for the shop",
                "options": {"canvas": "2000x2000", "fill": "85%", "bg_color": "#ffffff"},
            },
            request_only=True,
        )
    ],
    responses={
        201: success("CreatedPreset", serializers.PresetSerializer, example=OWN),
        **errors(InvalidInput, MissingRequiredField, Unauthorized, Forbidden, Conflict),
        **errors(RateLimited),
    },
)

change_preset = extend_schema(
    operation_id="changePreset",
    tags=[TAG],
    summary="Change a preset",
    description="`options`, if given, replace the old ones. What was begun with it stays.",
    parameters=[NAME],
    request=serializers.ChangedPresetSerializer,
    examples=[
        OpenApiExample("Another title", value={"title": "Square, autumn"}, request_only=True)
    ],
    responses={
        200: success("ChangedPreset", serializers.PresetSerializer, example=OWN),
        **errors(InvalidInput, Unauthorized, Forbidden, NotFound, Conflict, RateLimited),
    },
)

delete_preset = extend_schema(
    operation_id="deletePreset",
    tags=[TAG],
    summary="Delete a preset",
    description="What was begun with it goes on.",
    parameters=[NAME],
    responses={
        204: None,
        **errors(Unauthorized, Forbidden, NotFound, Conflict, RateLimited),
    },
)
