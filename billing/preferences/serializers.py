"""Shapes of an account's choices about its credits."""

from typing import Any

from rest_framework import serializers

from billing.preferences.services import Preferences
from billing.spending.serializers import CapSerializer, CapStateSerializer, presented
from billing.spending.services import MAX_CAP
from common.http.serializers import StrictSerializer


class ChangePreferencesSerializer(StrictSerializer):
    """Input with at least one field; null counts as given."""

    spendingCap = CapSerializer(
        required=False, allow_null=True, help_text="The cap of the whole account; null removes it."
    )
    lowCreditThreshold = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_CAP,
        help_text="An e-mail is sent below so many credits; 0: never, null: the service's default.",
    )

    def _is_absent(self, name: str, value: Any) -> bool:
        return False

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Give spendingCap, lowCreditThreshold or both")
        return attrs


class PreferencesSerializer(serializers.Serializer[Any]):
    spendingCap = CapStateSerializer(allow_null=True)
    lowCreditThreshold = serializers.IntegerField(
        help_text="An e-mail is sent below so many credits; 0: never."
    )
    isDefaultThreshold = serializers.BooleanField(
        help_text="Whether the threshold is the service's default."
    )


def presented_preferences(preferences: Preferences) -> dict[str, Any]:
    return {
        "spendingCap": presented(preferences.spending_cap),
        "lowCreditThreshold": preferences.effective_low_threshold,
        "isDefaultThreshold": preferences.low_threshold is None,
    }
