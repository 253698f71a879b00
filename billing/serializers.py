"""The shapes of what comes in and goes out; amounts are whole credits unless they say otherwise."""

from typing import Any

from rest_framework import serializers

from billing.models import Kind
from billing.pricing import BATCH_MAX, BATCH_MIN, CREDITS_PER_IMAGE, Tier
from common.http.fields import MomentField, choice
from common.http.pagination import PageQuerySerializer, PaginationSerializer
from common.http.serializers import StrictSerializer

Shape = serializers.Serializer[Any]
_COUNTABLE = 1_000_000


class PriceRequestSerializer(StrictSerializer):
    # Within these bounds `billing.pricing` validates the number and explains a refusal.
    imageCount = serializers.IntegerField(
        min_value=-_COUNTABLE, max_value=_COUNTABLE, help_text=f"{BATCH_MIN} to {BATCH_MAX}."
    )
    tier = choice(Tier)


class PriceBreakdownSerializer(Shape):
    costInIDR = serializers.IntegerField()
    costInUSD = serializers.FloatField(help_text="Rounded to the cent.")
    savingsIDR = serializers.IntegerField()


class PriceSerializer(Shape):
    imageCount = serializers.IntegerField()
    tier = choice(Tier)
    baseCreditsPerImage = serializers.IntegerField()
    baseTotal = serializers.IntegerField()
    discountPercentage = serializers.IntegerField()
    discountAmount = serializers.IntegerField()
    finalTotal = serializers.IntegerField()
    creditsPerImageAfterDiscount = serializers.FloatField(help_text="Rounded to 4 decimals.")
    breakdown = PriceBreakdownSerializer()


class CreditsPerImageSerializer(Shape):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {str(tier): serializers.IntegerField() for tier in CREDITS_PER_IMAGE}


class CreditsSerializer(Shape):
    available = serializers.IntegerField(help_text="Free to spend.")
    held = serializers.IntegerField(help_text="Set aside for work under way.")
    owed = serializers.IntegerField(
        help_text="Spent before their payment was taken back; later credits pay it."
    )
    currency = serializers.CharField()
    pricePerCredit = serializers.IntegerField(help_text="In `currency`.")
    creditsPerImage = CreditsPerImageSerializer()


class LedgerQuerySerializer(PageQuerySerializer):
    kind = choice(Kind.values, required=False, help_text="Only movements of this kind.")
    startDate = MomentField(
        required=False, help_text="ISO 8601 date or date-time, inclusive; UTC unless it says."
    )
    endDate = MomentField(
        required=False, until=True, help_text="A date counts to its end, a date-time is exclusive."
    )
    format = choice(
        ["json", "csv"], default="json", help_text="`csv` is a download of all pages, oldest first."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("startDate"), attrs.get("endDate")
        if start and end and start > end:
            raise serializers.ValidationError({"endDate": "before startDate"})
        return attrs


class EntrySerializer(Shape):
    id = serializers.CharField()
    kind = choice(Kind.values)
    creditsChange = serializers.IntegerField(help_text="Change of what is available.")
    heldChange = serializers.IntegerField(help_text="Change of what is set aside.")
    availableAfter = serializers.IntegerField()
    heldAfter = serializers.IntegerField()
    reference = serializers.CharField(
        allow_null=True,
        help_text="The job, the batch, or the order of credits that an invoice names as well.",
    )
    reason = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()


class LedgerSerializer(Shape):
    entries = EntrySerializer(many=True)
    pagination = PaginationSerializer()
