"""Input fields whose errors say what is allowed."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.outbound import callbacks

# The form that `+07:00` has after URL decoding, which turns `+` into a space.
_LOST_PLUS = re.compile(r"\d \d{2}:?\d{2}$")


def switch(**kwargs: Any) -> serializers.BooleanField:
    """True or false, as the error says."""
    return serializers.BooleanField(
        error_messages={"invalid": "{input} is not allowed; use true or false"}, **kwargs
    )


def choice(values: Iterable[str], **kwargs: Any) -> serializers.ChoiceField:
    """One of `values`, which the error names."""
    allowed = [str(value) for value in values]
    message = f"{{input}} is not allowed; use one of {', '.join(allowed)}"
    return serializers.ChoiceField(allowed, error_messages={"invalid_choice": message}, **kwargs)


def callback(help_text: str) -> serializers.CharField:
    """An optional address that we may call back (`common.outbound.callbacks`)."""
    return serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=callbacks.MAX_LENGTH,
        validators=[_check_callback],
        help_text=help_text,
    )


def _check_callback(url: str) -> None:
    try:
        callbacks.checked(url)
    except callbacks.CallbackRefused as refusal:
        raise serializers.ValidationError(refusal.message) from None


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field[datetime, Any, str, Any]):
    """An ISO 8601 date or date-time; UTC unless it names a zone.

    With `until`, a date stands for the midnight that ends it.
    """

    default_error_messages = {
        "invalid": "not an ISO 8601 date such as 2025-01-31 or 2025-01-31T10:00:00Z",
        "plus": "not an ISO 8601 date; write the + of the zone as %2B in an address, "
        "where + stands for a space",
    }

    def __init__(self, *, until: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._until = until

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return self._moment(str(data))
        except (ValueError, OverflowError):
            self.fail("plus" if _LOST_PLUS.search(str(data)) else "invalid")

    def _moment(self, text: str) -> datetime:
        if day := parse_date(text):
            return self._midnight(day)
        if moment := parse_datetime(text):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        raise ValueError(text)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day + timedelta(days=int(self._until)), time(), UTC)
