"""OpenAPI descriptions of credit packs, cards and Stripe's customer portal."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema

from billing.packs.serializers import (
    CardRequestSerializer,
    CheckoutRequestSerializer,
    ChosenCardSerializer,
    OrderSerializer,
    PacksSerializer,
    PortalSerializer,
)
from billing.stripe.errors import NO_ANSWER, PaymentFailed, StripeConflict, StripeUnavailable
from common.http.errors import InvalidInput, MissingRequiredField, NotFound, RateLimited
from common.http.openapi import IDEMPOTENCY_KEY, LOGIN_ERRORS, errors, success

PACKS: dict[str, Any] = {
    "packs": [
        {"id": "small", "name": "Small", "credits": 100, "price": 10000, "currency": "IDR"},
        {"id": "medium", "name": "Medium", "credits": 500, "price": 50000, "currency": "IDR"},
    ]
}
ORDER: dict[str, Any] = {
    "orderId": "order_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "checkoutUrl": "https://checkout.stripe.com/c/pay/cs_live_a1b2c3",
    "credits": 500,
    "amount": 50000,
    "currency": "IDR",
}
PORTAL = {"url": "https://billing.stripe.com/p/session/bps_a1b2c3"}
CARD: dict[str, Any] = {
    "paymentMethod": {
        "id": "pm_abc123",
        "type": "card",
        "brand": "visa",
        "last4": "4242",
        "expMonth": 12,
        "expYear": 2030,
    },
    "publishableKey": "pk_live_a1b2c3",
}

list_packs = extend_schema(
    tags=["Billing"],
    summary="Credit packs on sale",
    description="Needs no login.",
    auth=[],
    responses={
        200: success("Packs", PacksSerializer, example=PACKS),
        **errors(RateLimited),
    },
)

checkout = extend_schema(
    tags=["Billing"],
    summary="Buy credits",
    description=(
        "Send the customer to `checkoutUrl`; the credits come when it is paid. That page leads "
        "back to `successUrl` or `cancelUrl`."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=CheckoutRequestSerializer,
    examples=[OpenApiExample("Medium", value={"pack": "medium"}, request_only=True)],
    responses={
        201: success("Order", OrderSerializer, example=ORDER),
        **errors(
            InvalidInput,
            MissingRequiredField,
            StripeConflict,
            *NO_ANSWER,
            *LOGIN_ERRORS,
        ),
    },
)

payment_method = extend_schema(
    tags=["Billing"],
    summary="The card that is charged",
    description="Null while there is none.",
    responses={
        200: success("PaymentMethod", ChosenCardSerializer, example=CARD),
        **errors(StripeUnavailable, *LOGIN_ERRORS),
    },
)

choose_payment_method = extend_schema(
    tags=["Billing"],
    summary="Choose the card that is charged from now on",
    description=(
        "Make the `paymentMethodId` with Stripe.js and `publishableKey`, so that card "
        "numbers never pass through this service."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=CardRequestSerializer,
    examples=[OpenApiExample("Card", value={"paymentMethodId": "pm_abc123"}, request_only=True)],
    responses={
        200: success("PaymentMethodChosen", ChosenCardSerializer, example=CARD),
        **errors(
            InvalidInput,
            MissingRequiredField,
            PaymentFailed,
            StripeConflict,
            *NO_ANSWER,
            *LOGIN_ERRORS,
        ),
    },
)

portal = extend_schema(
    tags=["Billing"],
    summary="A link to manage cards and invoices at Stripe",
    description=(
        "Send the customer there at once. Needs an account at Stripe, which the first "
        "payment makes."
    ),
    request=None,
    responses={
        201: success("Portal", PortalSerializer, example=PORTAL),
        **errors(NotFound, *NO_ANSWER, *LOGIN_ERRORS),
    },
)
