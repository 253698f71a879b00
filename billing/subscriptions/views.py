"""`/background-remover/subscription`: see, subscribe, cancel, resume."""

from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from billing.packs.services import ReturnPages
from billing.subscriptions import checkout, openapi, presenters, queries, services
from billing.subscriptions.serializers import SubscribeSerializer, SubscriptionPageRequestSerializer
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef


class SubscriptionView(IdempotentMixin, ApiView):
    """`GET`, `POST` and `DELETE /background-remover/subscription`"""

    rate_policy = "subscription"

    def get_permissions(self) -> list[BasePermission]:
        reading = self.request.method == "GET"
        return [require_scope(Scope.BILLING_READ if reading else Scope.BILLING_WRITE)()]

    @openapi.standing
    def get(self, request: Request) -> Response:
        found = queries.standing(user_id=_payer(request).pk)
        return ok(presenters.standing(found) if found else presenters.nothing())

    @openapi.subscribe
    def post(self, request: Request) -> Response:
        wanted = self.body(SubscribeSerializer)
        done = services.subscribe(
            user=_payer(request),
            plan=wanted["plan"],
            card_id=wanted.get("paymentMethodId"),
            now=timezone.now(),
        )
        return ok(presenters.subscribed(done), status=201)

    @openapi.cancel
    def delete(self, request: Request) -> Response:
        now = timezone.now()
        return ok(presenters.cancelled(services.cancel(user=_payer(request), now=now), now=now))


class SubscriptionPageView(IdempotentMixin, ApiView):
    """`POST /background-remover/subscription/checkout`"""

    rate_policy = "subscription"
    permission_classes = [require_scope(Scope.BILLING_WRITE)]

    @openapi.checkout
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

    @openapi.resume
    def post(self, request: Request) -> Response:
        return ok(presenters.resumed(services.resume(user=_payer(request), now=timezone.now())))


def _payer(request: Request) -> UserRef:
    """The user who pays; the permission classes admit only requests with an account."""
    return cast("Any", request.user)  # type: ignore[no-any-return]
