"""The shapes of subscriptions; money is whole rupiah."""

from typing import Any

from rest_framework import serializers

from billing import returns
from billing.models.subscriptions import Status
from billing.plans import PlanName
from common.http.fields import choice
from common.http.serializers import StrictSerializer

Shape = serializers.Serializer[Any]
STATUSES = f"One of {', '.join(Status.values)}."


class CardField(serializers.RegexField):
    """The id of a payment method of Stripe, created by its page or by Stripe.js."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^[A-Za-z]{2,6}_[A-Za-z0-9_]{1,90}\Z",
            error_messages={"invalid": "not a payment method of Stripe, such as pm_1AbC"},
            **kwargs,
        )


class SubscribeSerializer(StrictSerializer):
    plan = choice(PlanName)
    paymentMethodId = CardField(
        required=False, help_text="Needed the first time; afterwards the known card is charged."
    )


class SubscriptionPageRequestSerializer(StrictSerializer):
    plan = choice(PlanName)
    successUrl = serializers.CharField(
        required=False,
        max_length=2000,
        help_text="Where to go on after the payment; of this service or of `RETURN_ORIGINS`.",
    )
    cancelUrl = serializers.CharField(
        required=False,
        max_length=2000,
        help_text="Where to go on when nothing was paid. Default: the service's own page.",
    )

    def validate_successUrl(self, value: str) -> str:  # noqa: N802 - DRF's naming
        return returns.checked(value, field="successUrl")

    def validate_cancelUrl(self, value: str) -> str:  # noqa: N802 - DRF's naming
        return returns.checked(value, field="cancelUrl")


class SubscriptionPageSerializer(Shape):
    checkoutUrl = serializers.CharField(help_text="Stripe's page; send the customer there.")


class ShareSerializer(Shape):
    limit = serializers.IntegerField()
    used = serializers.IntegerField()
    remaining = serializers.IntegerField()


class DailySerializer(ShareSerializer):
    resetsAt = serializers.DateTimeField()


class QuotasSerializer(Shape):
    daily = DailySerializer()
    professionalTier = ShareSerializer(required=False)


class PlanPriceSerializer(Shape):
    monthlyPrice = serializers.IntegerField()
    currency = serializers.CharField()


class TermsSerializer(Shape):
    nextBillingDate = serializers.DateTimeField(allow_null=True)
    subscribedAt = serializers.DateTimeField()
    cancelAtPeriodEnd = serializers.BooleanField()
    expiresAt = serializers.DateTimeField(allow_null=True)
    graceUntil = serializers.DateTimeField(
        allow_null=True, help_text="Until when an overdue payment can be made up for."
    )


class PlanSerializer(Shape):
    name = serializers.CharField()
    price = serializers.IntegerField()
    dailyQuota = serializers.IntegerField()
    allowedTiers = serializers.ListField(child=serializers.CharField())
    professionalQuota = serializers.IntegerField(required=False)


class StandingSerializer(Shape):
    hasSubscription = serializers.BooleanField()
    subscriptionId = serializers.CharField(required=False)
    plan = choice(PlanName, required=False)
    status = serializers.CharField(required=False, help_text=STATUSES)
    pricing = PlanPriceSerializer(required=False)
    quotas = QuotasSerializer(required=False)
    allowedTiers = serializers.ListField(child=serializers.CharField(), required=False)
    billing = TermsSerializer(required=False)
    availablePlans = PlanSerializer(many=True, required=False)


class SubscribedSerializer(Shape):
    subscriptionId = serializers.CharField()
    plan = choice(PlanName)
    status = serializers.CharField(help_text=STATUSES)
    nextBillingDate = serializers.DateTimeField()
    amountCharged = serializers.IntegerField()


class CancelledSerializer(Shape):
    message = serializers.CharField()
    expiresAt = serializers.DateTimeField()
    remainingDays = serializers.IntegerField()


class ResumedSerializer(Shape):
    message = serializers.CharField()
    subscriptionId = serializers.CharField()
    plan = choice(PlanName)
    status = serializers.CharField(help_text=STATUSES)
    nextBillingDate = serializers.DateTimeField()
