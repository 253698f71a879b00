"""The shapes of usage by day and of plans on sale."""

from typing import Any

from rest_framework import serializers

from billing.subscriptions.serializers import PlanSerializer
from common.http.serializers import StrictSerializer

DEFAULT_DAYS, MAX_DAYS = 30, 366


class UsageQuerySerializer(StrictSerializer):
    to = serializers.DateField(required=False, help_text="The last UTC day; today by default.")

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of the language, so it cannot be an attribute.
        first = serializers.DateField(
            required=False, help_text=f"The first UTC day; {DEFAULT_DAYS} days by default."
        )
        return {"from": first, **super().get_fields()}


class UsageDaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    credits = serializers.IntegerField(
        help_text="Charged or set aside for work that began on this day."
    )
    imagesBySubscription = serializers.IntegerField(help_text="Taken from the day's quota.")


class DailyUsageSerializer(serializers.Serializer[Any]):
    to = serializers.DateField()
    credits = serializers.IntegerField(help_text="The sum of all days.")
    days = UsageDaySerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}


class PlansOnSaleSerializer(serializers.Serializer[Any]):
    plans = PlanSerializer(many=True)
