"""OpenAPI descriptions of subscriptions."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from billing.stripe.errors import NO_ANSWER, PaymentActionRequired, PaymentFailed, StripeConflict
from billing.subscriptions.serializers import (
    CancelledSerializer,
    ResumedSerializer,
    StandingSerializer,
    SubscribedSerializer,
    SubscribeSerializer,
    SubscriptionPageRequestSerializer,
    SubscriptionPageSerializer,
)
from common.http.errors import InvalidInput, MissingRequiredField, NotFound
from common.http.openapi import IDEMPOTENCY_KEY, LOGIN_ERRORS, errors, success

_SUBSCRIBED = {
    "subscriptionId": "sub_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "plan": "pro",
    "status": "active",
    "nextBillingDate": "2025-02-15T00:00:00Z",
    "amountCharged": 299000,
}

_STANDING = {
    "hasSubscription": True,
    "subscriptionId": "sub_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "plan": "pro",
    "status": "active",
    "pricing": {"monthlyPrice": 299000, "currency": "IDR"},
    "quotas": {
        "daily": {
            "limit": 200,
            "used": 47,
            "remaining": 153,
            "resetsAt": "2025-01-16T00:00:00Z",
        },
        "professionalTier": {"limit": 50, "used": 12, "remaining": 38},
    },
    "allowedTiers": ["basic", "standard", "professional"],
    "billing": {
        "nextBillingDate": "2025-02-15T00:00:00Z",
        "subscribedAt": "2025-01-15T00:00:00Z",
        "cancelAtPeriodEnd": False,
        "expiresAt": None,
        "graceUntil": None,
    },
}

_CANCELLED = {
    "message": "Subscription cancelled successfully",
    "expiresAt": "2025-02-15T00:00:00Z",
    "remainingDays": 30,
}

_PAGE = {"checkoutUrl": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3"}

_RESUMED = {
    "message": "Subscription resumed successfully",
    "subscriptionId": "sub_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "plan": "pro",
    "status": "active",
    "nextBillingDate": "2025-02-15T00:00:00Z",
}

standing = extend_schema(
    tags=["Subscription"],
    summary="The plan and what is used of today's quota",
    description="Without a subscription: the plans there are.",
    responses={
        200: success("Subscription", StandingSerializer, example=_STANDING),
        **errors(*LOGIN_ERRORS),
    },
)

subscribe = extend_schema(
    tags=["Subscription"],
    summary="Subscribe, change the plan, or pay what is overdue",
    description=(
        "A dearer plan begins once the rest of the month is paid, a cheaper one at once with "
        "the difference taken off the next invoice; it is not paid back when the plan ends "
        "before there is one. When a 402 carries a `clientSecret`, hand "
        "it to Stripe.js' `confirmPayment`; the plan begins when the bank has agreed."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=SubscribeSerializer,
    examples=[
        OpenApiExample(
            "Pro", value={"plan": "pro", "paymentMethodId": "pm_abc123"}, request_only=True
        )
    ],
    responses={
        201: success("Subscribed", SubscribedSerializer, example=_SUBSCRIBED),
        **errors(
            InvalidInput,
            MissingRequiredField,
            PaymentFailed,
            PaymentActionRequired,
            StripeConflict,
            *NO_ANSWER,
            *LOGIN_ERRORS,
        ),
    },
)

cancel = extend_schema(
    tags=["Subscription"],
    summary="Cancel; the plan lasts until the end of the month that is paid",
    description=(
        "One whose payment is overdue ends at once, and the overdue invoice cannot be paid any "
        "more. Nothing is paid back, nor what a change to a cheaper plan has left for an "
        "invoice that will not come; resume while the month lasts to keep it."
    ),
    parameters=[IDEMPOTENCY_KEY],
    responses={
        200: success("Cancelled", CancelledSerializer, example=_CANCELLED),
        **errors(InvalidInput, NotFound, StripeConflict, *NO_ANSWER, *LOGIN_ERRORS),
    },
)

checkout = extend_schema(
    operation_id="subscribeOnPage",
    tags=["Subscription"],
    summary="Subscribe on a page of Stripe's",
    description=(
        "For browsers: send the customer to `checkoutUrl`, where the card is entered and the "
        "bank asks what it has to (3-D Secure). That page leads back to `successUrl` or "
        "`cancelUrl`; the plan begins within seconds of the payment. Asking again closes the "
        "page that was open before."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=SubscriptionPageRequestSerializer,
    examples=[OpenApiExample("Pro", value={"plan": "pro"}, request_only=True)],
    responses={
        201: success("SubscriptionPage", SubscriptionPageSerializer, example=_PAGE),
        **errors(InvalidInput, MissingRequiredField, StripeConflict, *NO_ANSWER, *LOGIN_ERRORS),
    },
)

resume = extend_schema(
    tags=["Subscription"],
    summary="Take a cancellation back",
    description=(
        "Until the month that is paid has ended, the plan can go on as if nothing had happened."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=None,
    responses={
        200: success("Resumed", ResumedSerializer, example=_RESUMED),
        **errors(NotFound, StripeConflict, *NO_ANSWER, *LOGIN_ERRORS),
    },
)
