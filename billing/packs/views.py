"""`/billing/packs`, `/billing/checkout`, `/billing/payment-method`, `/billing/portal`."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from billing.customers import services as customers
from billing.packs import openapi, presenters, services
from billing.packs.serializers import CardRequestSerializer, CheckoutRequestSerializer
from billing.packs.services import ReturnPages
from billing.stripe.types import RemoteCard
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef

_RETURNS = {
    "done": ("Thank you", "Your payment is on its way; the credits appear within a minute."),
    "cancelled": ("Nothing was paid", "You can close this page, or choose a pack again."),
}
_BACK = ("Back at Lumiku", "You can close this page.")


@openapi.list_packs
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

    @openapi.checkout
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

    @openapi.payment_method
    def get(self, request: Request) -> Response:
        card = customers.default_card(user_id=_payer(request).pk)
        return ok(_chosen(card))

    @openapi.choose_payment_method
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

    @openapi.portal
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
