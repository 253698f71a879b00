"""`/billing/packs`, `/billing/checkout`, `/billing/payment-method`, `/billing/portal`."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from billing.customers import services as customers
from billing.packs import openapi, presenters, services
from billing.packs.serializers import (
    CardRequestSerializer,
    CheckoutRequestSerializer,
    ChosenCardSerializer,
    OrderSerializer,
    PacksSerializer,
    PortalSerializer,
)
from billing.packs.services import ReturnPages
from billing.stripe.errors import NO_ANSWER, PaymentFailed, StripeConflict, StripeUnavailable
from billing.stripe.types import RemoteCard
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
_RETURNS = {
    "done": ("Thank you", "Your payment is on its way; the credits appear within a minute."),
    "cancelled": ("Nothing was paid", "You can close this page, or choose a pack again."),
}
_BACK = ("Back at Lumiku", "You can close this page.")


@extend_schema(
    tags=["Billing"],
    summary="Credit packs on sale",
    description="Needs no login.",
    auth=[],
    responses={
        200: success("Packs", PacksSerializer, example=openapi.PACKS),
        **errors(RateLimited),
    },
)
class PacksView(ApiView):
    """`GET /billing/packs`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    def get(self, request: Request) -> Response:
        return ok({"packs": [presenters.pack(pack) for pack in services.on_sale()]})


class CheckoutView(IdempotentMixin, ApiView):
    """`POST /billing/checkout`"""

    rate_policy = "subscription"
    permission_classes = [require_scope(Scope.BILLING_WRITE)]

    @extend_schema(
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
            201: success("Order", OrderSerializer, example=openapi.ORDER),
            **errors(
                InvalidInput,
                MissingRequiredField,
                StripeConflict,
                *NO_ANSWER,
                *_LOGIN_ERRORS,
            ),
        },
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(CheckoutRequestSerializer)
        order = services.checkout(
            user=_payer(request),
            pack=wanted["pack"],
            back=ReturnPages(
                success=wanted.get("successUrl") or _page("done"),
                cancel=wanted.get("cancelUrl") or _page("cancelled"),
            ),
            now=timezone.now(),
        )
        return ok(presenters.order(order), status=201)


class PaymentMethodView(IdempotentMixin, ApiView):
    """`GET` and `POST /billing/payment-method`"""

    rate_policy = "subscription"

    def get_permissions(self) -> list[BasePermission]:
        reading = self.request.method == "GET"
        return [require_scope(Scope.BILLING_READ if reading else Scope.BILLING_WRITE)()]

    @extend_schema(
        tags=["Billing"],
        summary="The card that is charged",
        description="Null while there is none.",
        responses={
            200: success("PaymentMethod", ChosenCardSerializer, example=openapi.CARD),
            **errors(StripeUnavailable, *_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        card = customers.default_card(user_id=_payer(request).pk)
        return ok(_chosen(card))

    @extend_schema(
        tags=["Billing"],
        summary="Choose the card that is charged from now on",
        description=(
            "Make the `paymentMethodId` with Stripe.js and `publishableKey`, so that card "
            "numbers never pass through this service."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=CardRequestSerializer,
        examples=[
            OpenApiExample("Card", value={"paymentMethodId": "pm_abc123"}, request_only=True)
        ],
        responses={
            200: success("PaymentMethodChosen", ChosenCardSerializer, example=openapi.CARD),
            **errors(
                InvalidInput,
                MissingRequiredField,
                PaymentFailed,
                StripeConflict,
                *NO_ANSWER,
                *_LOGIN_ERRORS,
            ),
        },
    )
    def post(self, request: Request) -> Response:
        wanted = self.body(CardRequestSerializer)
        card = customers.set_default_card(
            user=_payer(request), card_id=wanted["paymentMethodId"], now=timezone.now()
        )
        return ok(_chosen(card))


class PortalView(ApiView):
    """`POST /billing/portal`"""

    rate_policy = "subscription"
    permission_classes = [require_scope(Scope.BILLING_WRITE)]

    @extend_schema(
        tags=["Billing"],
        summary="A link to manage cards and invoices at Stripe",
        description=(
            "Send the customer there at once. Needs an account at Stripe, which the first "
            "payment makes."
        ),
        request=None,
        responses={
            201: success("Portal", PortalSerializer, example=openapi.PORTAL),
            **errors(NotFound, *NO_ANSWER, *_LOGIN_ERRORS),
        },
    )
    def post(self, request: Request) -> Response:
        url = customers.portal_url(
            user_id=_payer(request).pk, return_url=settings.BILLING_RETURN_URL
        )
        return ok({"url": url}, status=201)


def return_view(request: HttpRequest) -> HttpResponse:
    """`GET /billing/return`: the default page that Stripe's pages lead back to."""
    title, text = _RETURNS.get(request.GET.get("checkout", ""), _BACK)
    return render(request, "billing/return.html", {"title": title, "text": text})


def _page(outcome: str) -> str:
    return f"{settings.BILLING_RETURN_URL}?checkout={outcome}"


def _chosen(card: RemoteCard | None) -> dict[str, Any]:
    key = settings.STRIPE_PUBLISHABLE_KEY or None
    return {"paymentMethod": presenters.card(card), "publishableKey": key}


def _payer(request: Request) -> UserRef:
    """The user who pays; the permission classes admit only requests with an account."""
    return cast("Any", request.user)  # type: ignore[no-any-return]
