"""The shapes of packs, orders and cards; money is whole rupiah."""

from typing import Any

from rest_framework import serializers

from billing import returns
from billing.subscriptions.serializers import CardField
from common.http.serializers import StrictSerializer

Shape = serializers.Serializer[Any]


class CheckoutRequestSerializer(StrictSerializer):
    pack = serializers.CharField(max_length=40, help_text="The `id` of a pack on sale.")
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


class CardRequestSerializer(StrictSerializer):
    paymentMethodId = CardField()


class PackSerializer(Shape):
    id = serializers.CharField()
    name = serializers.CharField()
    credits = serializers.IntegerField()
    price = serializers.IntegerField()
    currency = serializers.CharField()


class PacksSerializer(Shape):
    packs = PackSerializer(many=True)


class OrderSerializer(Shape):
    orderId = serializers.CharField()
    checkoutUrl = serializers.CharField()
    credits = serializers.IntegerField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()


class CardSerializer(Shape):
    id = serializers.CharField()
    type = serializers.CharField()
    brand = serializers.CharField(allow_null=True)
    last4 = serializers.CharField(allow_null=True)
    expMonth = serializers.IntegerField(allow_null=True)
    expYear = serializers.IntegerField(allow_null=True)


class ChosenCardSerializer(Shape):
    paymentMethod = CardSerializer(allow_null=True)
    publishableKey = serializers.CharField(
        allow_null=True, help_text="With this Stripe.js makes a `paymentMethodId` out of a card."
    )


class PortalSerializer(Shape):
    url = serializers.CharField(help_text="Works for a few minutes.")
