"""Shapes of spending caps, for the account's cap and those of API keys."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from billing.models import CapPeriod
from billing.spending.services import MAX_CAP, Cap, CapState
from common.http.errors import timestamp
from common.http.fields import choice
from common.http.serializers import StrictSerializer

CAP_EXAMPLE = {
    "credits": 500,
    "period": "month",
    "spent": 120,
    "resetsAt": "2025-02-01T00:00:00Z",
}


class CapSerializer(StrictSerializer):
    """A cap as a caller sets it."""

    credits = serializers.IntegerField(
        min_value=0, max_value=MAX_CAP, help_text="0 allows only what a subscription pays for."
    )
    period = choice(CapPeriod.values, help_text="A UTC day or a UTC calendar month.")

    def to_internal_value(self, data: Any) -> Cap:
        if isinstance(data, Mapping):
            self.refuse_unknown(data)
        given = super().to_internal_value(data)
        return Cap(credits=given["credits"], period=CapPeriod(given["period"]))


class CapStateSerializer(serializers.Serializer[Any]):
    """A cap, and how much of it is spent."""

    credits = serializers.IntegerField()
    period = choice(CapPeriod.values)
    spent = serializers.IntegerField(
        help_text="Charged or set aside in this period, without what was given back."
    )
    resetsAt = serializers.DateTimeField(help_text="When the period ends.")


def presented(state: CapState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "credits": state.cap.credits,
        "period": state.cap.period,
        "spent": state.spent,
        "resetsAt": timestamp(state.resets_at),
    }
