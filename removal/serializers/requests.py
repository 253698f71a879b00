"""Input of the removal endpoints."""

import base64
import re
from typing import Any

from rest_framework import serializers

from billing.pricing import Tier
from common.http.fields import callback, choice
from common.http.listing import ListingQuerySerializer
from common.http.serializers import StrictSerializer
from removal.engine.headers import ACCEPTED
from removal.engine.types import MAX_DPI, MAX_SCALE, MIN_DPI, MIN_SCALE, OutputFormat
from removal.lifecycle import JobStatus

NO_FILE = f"send it as a file in multipart/form-data: {ACCEPTED}"


_DATA_URL = re.compile(r"\s*data:[a-z0-9.+/-]{0,60}(;[a-z0-9=-]{0,60})*;base64,", re.IGNORECASE)


def _file(help_text: str) -> serializers.FileField:
    return serializers.FileField(
        required=False,
        allow_empty_file=True,
        error_messages={"invalid": NO_FILE, "no_name": "the file has no name"},
        help_text=help_text,
    )


def _text(help_text: str) -> serializers.CharField:
    return serializers.CharField(required=False, max_length=60, help_text=help_text)


def _switch(help_text: str) -> serializers.BooleanField:
    return serializers.BooleanField(
        required=False, error_messages={"invalid": "use true or false"}, help_text=help_text
    )


class Base64ImageField(serializers.CharField):
    """An encoded image as base64, with or without `data:image/…;base64,` before it."""

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]
        text = _DATA_URL.sub("", super().to_internal_value(data), count=1)
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            raise serializers.ValidationError("not base64") from None


class RemoveSerializer(StrictSerializer):
    """One image to cut out, the tier, and how the result should look."""

    image = _file(
        f"{ACCEPTED}, at most 10 MB, 25 megapixels and 65,500 pixels a side. This, `image_url` or "
        "`image_b64`."
    )
    image_b64 = Base64ImageField(
        required=False,
        help_text="The image as base64, with or without `data:image/png;base64,` before it: for "
        "JSON. In a form it may have 1 MB; send `image` there.",
    )
    image_url = serializers.CharField(
        required=False, max_length=2048, help_text="Where to fetch the image, instead of `image`."
    )
    tier = choice(Tier)
    preset = serializers.CharField(
        required=False,
        max_length=60,
        help_text="Output options by name: a built-in preset such as `amazon`, or one of your own "
        "(`GET /background-remover/presets`). Options that are given go over the preset's.",
    )
    model = serializers.CharField(
        required=False,
        max_length=60,
        help_text="One of the models that the tier may use, such as `u2net`, in place of its usual "
        "one; nothing stands in for it. A name that cannot be had is refused, with the installed "
        "ones in `details.installed`. The price is the tier's.",
    )
    format = choice(
        [*OutputFormat],
        required=False,
        help_text="Default `png`. `jpg` has no transparency: without a background it is white. "
        "`zip` holds `color.jpg` and `alpha.png`.",
    )
    bg_color = serializers.CharField(
        required=False,
        max_length=40,
        help_text="A colour to put behind: hex (`fff`, `#1a2b3c`, `1a2b3c80`), `r,g,b[,a]` or a "
        "CSS name. Not with `bg_image`, `mask_only` or `zip`.",
    )
    bg_image = _file("A picture to put behind, scaled to cover. Limits as for `image`.")
    crop = _switch("Cut off the empty border.")
    crop_margin = serializers.CharField(
        required=False,
        max_length=60,
        help_text="Margin kept around the subject, with `crop`: one, two or four lengths such as "
        "`10px` or `5%` (at most 500px, 50%). It may reach beyond the image, up to a result of 25 "
        "megapixels.",
    )
    scale = serializers.FloatField(
        required=False,
        min_value=MIN_SCALE,
        max_value=MAX_SCALE,
        error_messages={"invalid": f"use a number from {MIN_SCALE:g} to {MAX_SCALE:g}"},
        help_text="Factor on both sides of the result, default 1, up to 25 megapixels.",
    )
    quality = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=100,
        error_messages={"invalid": "use a whole number from 1 to 100"},
        help_text="Of JPEG and WebP, default 90; WebP at 100 is lossless.",
    )
    mask_only = _switch("Deliver the mask alone, white where the subject is.")
    clean_mask = _switch("Fill holes and drop specks of the mask.")
    canvas = _text(
        "Place the subject on a canvas of this size (`2000x2000`) or ratio (`4:5`), or on one as "
        "large as the photo (`original`). Not with `crop`."
    )
    fill = _text(
        "How much of the canvas the subject fills, `1%` to `100%`; default `85%`. Not with "
        "`padding`."
    )
    padding = _text("Room kept free around the subject, as `crop_margin`; instead of `fill`.")
    align = _text(
        "Where the subject stands on its canvas: `center` (default), `bottom`, `top left`, …, or "
        "shares across and down such as `50% 100%`."
    )
    shadow = _text("A contact shadow: `none` (default), `soft`, or its opacity such as `30%`.")
    dpi = serializers.IntegerField(
        required=False,
        min_value=MIN_DPI,
        max_value=MAX_DPI,
        error_messages={"invalid": f"use a whole number from {MIN_DPI} to {MAX_DPI}"},
        help_text="Density written into PNG and JPEG; it changes no pixel.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("image", "image_url", "image_b64") if name in attrs]
        if not given:
            raise serializers.ValidationError(
                {"image": "Send image, image_url or image_b64"}, code="required"
            )
        if len(given) > 1:
            raise serializers.ValidationError({given[1]: f"Send one of {' and '.join(given)}"})
        return attrs


class OptionsSerializer(RemoveSerializer):
    """The output options alone, as a preset keeps them."""

    image = None  # type: ignore[assignment]
    image_b64 = None  # type: ignore[assignment]
    image_url = None  # type: ignore[assignment]
    bg_image = None  # type: ignore[assignment]
    tier = None  # type: ignore[assignment]
    model = None  # type: ignore[assignment]
    preset = None  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs


class SingleSerializer(RemoveSerializer):
    """One image to cut out, the tier, how the result should look, and how to answer."""

    webhookUrl = callback(
        "Where the end of the job is announced, signed; also when the answer waits for it."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # The name is a keyword of Python and cannot be an attribute.
        at_once = _switch(
            "Answer 202 with the job at once instead of waiting for the result; the same as "
            "`Prefer: respond-async`."
        )
        return {**super().get_fields(), "async": at_once}


class SingleByAddressSerializer(SingleSerializer):
    """The same without files, which JSON cannot carry."""

    image = None  # type: ignore[assignment]
    bg_image = None  # type: ignore[assignment]


class JobsQuerySerializer(ListingQuerySerializer):
    """Narrowing and ordering of a listing."""

    status = choice(JobStatus, required=False, help_text="Only those in this state.")
    tier = choice(Tier, required=False, help_text="Only those of this tier.")
    batch = serializers.CharField(
        required=False, max_length=64, help_text="Only those of this `batch_…`."
    )
    kind = choice(
        ["single", "batch"],
        required=False,
        help_text="Only those asked for by themselves, or only images of batches.",
    )
    search = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Only those whose file name has this in it, in upper or lower case.",
    )
    cursor = serializers.CharField(
        required=False,
        max_length=64,
        help_text="`pagination.nextCursor` of the page before: goes on behind its last entry, "
        "however deep that is. Newest first only.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        newest_first = (attrs["sortBy"], attrs["sortOrder"]) == ("createdAt", "desc")
        if "cursor" in attrs and (not newest_first or attrs["page"] > 1):
            raise serializers.ValidationError(
                {"cursor": "goes on from newest to oldest; leave out page, sortBy and sortOrder"}
            )
        return super().validate(attrs)
