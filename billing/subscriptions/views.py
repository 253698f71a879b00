"""`/background-remover/subscription`: see, subscribe, cancel, resume."""

from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from billing.packs.services import ReturnPages
from billing.stripe.errors import (
    NO_ANSWER,
    PaymentActionRequired,
    PaymentFailed,
    StripeConflict,
)
from billing.subscriptions import checkout, presenters, queries, services
from billing.subscriptions.serializers import (
    CancelledSerializer,
    ResumedSerializer,
    StandingSerializer,
    SubscribedSerializer,
    SubscribeSerializer,
    SubscriptionPageRequestSerializer,
    SubscriptionPageSerializer,
)
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    NotFound,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.idempotency.views import IdempotentMixin
from common.http.openapi import IDEMPOTENCY_KEY, errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef

_LOGIN_ERRORS = (Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited)
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


class SubscriptionView(IdempotentMixin, ApiView):
    """`GET`, `POST` and `DELETE /background-remover/subscription`"""

    rate_policy = "subscription"

    def get_permissions(self) -> list[BasePermission]:
        reading = self.request.method == "GET"
        return [require_scope(Scope.BILLING_READ if reading else Scope.BILLING_WRITE)()]

    @extend_schema(
        tags=["Subscription"],
        summary="The plan and what is used of today's quota",
        description="Without a subscription: the plans there are.",
        responses={
            200: success("Subscription", StandingSerializer, example=_STANDING),
            **errors(*_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        found = queries.standing(user_id=_payer(request).pk)
        return ok(presenters.standing(found) if found else presenters.nothing())

    @extend_schema(
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
                *_LOGIN_ERRORS,
            ),
        },
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(SubscribeSerializer)
        done = services.subscribe(
            user=_payer(request),
            plan=wanted["plan"],
            card_id=wanted.get("paymentMethodId"),
            now=timezone.now(),
        )
        return ok(presenters.subscribed(done), status=201)

    @extend_schema(
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
            **errors(InvalidInput, NotFound, StripeConflict, *NO_ANSWER, *_LOGIN_ERRORS),
        },
    )
    def delete(self, request: Request) -> Response:
        now = timezone.now()
        return ok(presenters.cancelled(services.cancel(user=_payer(request), now=now), now=now))


class SubscriptionPageView(IdempotentMixin, ApiView):
    """`POST /background-remover/subscription/checkout`"""

    rate_policy = "subscription"
    permission_classes = [require_scope(Scope.BILLING_WRITE)]

    @extend_schema(
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
            **errors(
                InvalidInput, MissingRequiredField, StripeConflict, *NO_ANSWER, *_LOGIN_ERRORS
            ),
        },
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(SubscriptionPageRequestSerializer)
        page = checkout.open_page(
            user=_payer(request),
            plan=wanted["plan"],
            back=ReturnPages(
                success=wanted.get("successUrl") or f"{settings.BILLING_RETURN_URL}?checkout=done",
                cancel=wanted.get("cancelUrl")
                or f"{settings.BILLING_RETURN_URL}?checkout=cancelled",
            ),
            now=timezone.now(),
        )
        return ok({"checkoutUrl": page.url}, status=201)


class ResumeView(IdempotentMixin, ApiView):
    """`POST /background-remover/subscription/resume`"""

    rate_policy = "subscription"
    permission_classes = [require_scope(Scope.BILLING_WRITE)]

    @extend_schema(
        tags=["Subscription"],
        summary="Take a cancellation back",
        description=(
            "Until the month that is paid has ended, the plan can go on as if nothing had happened."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={
            200: success("Resumed", ResumedSerializer, example=_RESUMED),
            **errors(NotFound, StripeConflict, *NO_ANSWER, *_LOGIN_ERRORS),
        },
    )
    def post(self, request: Request) -> Response:
        return ok(presenters.resumed(services.resume(user=_payer(request), now=timezone.now())))


def _payer(request: Request) -> UserRef:
    """The user who pays; the permission classes admit only requests with an account."""
    return cast("Any", request.user)  # type: ignore[no-any-return]
