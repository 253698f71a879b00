"""`/billing/settings`: the account's spending cap, and when to warn of few credits."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.preferences import services
from billing.preferences.serializers import (
    ChangePreferencesSerializer,
    PreferencesSerializer,
    presented_preferences,
)
from billing.spending import services as spending
from billing.spending.serializers import CAP_EXAMPLE
from common.http.auth import Scope, api_key_of
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InsufficientPermissions,
    InvalidInput,
    InvalidToken,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView

_LOGIN_ERRORS = (Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited)
_EXAMPLE = {"spendingCap": CAP_EXAMPLE, "lowCreditThreshold": 20, "isDefaultThreshold": True}
_CHANGE = {"spendingCap": {"credits": 500, "period": "month"}, "lowCreditThreshold": 50}


class PreferencesView(ApiView):
    """`/billing/settings`"""

    def get_permissions(self) -> list[Any]:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [require_scope(Scope.BILLING_READ if reading else Scope.BILLING_WRITE)()]

    @extend_schema(
        operation_id="getBillingSettings",
        tags=["Billing"],
        summary="The account's spending cap and its threshold of few credits",
        description="The caps of single API keys are in `GET /auth/api-keys`.",
        responses={
            200: success("BillingSettings", PreferencesSerializer, example=_EXAMPLE),
            **errors(*_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        return _shown(_user_id(request))

    @extend_schema(
        operation_id="changeBillingSettings",
        tags=["Billing"],
        summary="Set the account's spending cap or its threshold of few credits",
        description=(
            "With a `spendingCap`, a request whose credits would exceed it is refused with 402 "
            "`SPENDING_CAP_REACHED`. What was spent in the period before counts; credits that are "
            "given back do not, and neither do images that a subscription pays for. An API key "
            "that has a cap of its own cannot change this (403)."
        ),
        request=ChangePreferencesSerializer,
        examples=[OpenApiExample("Request", value=_CHANGE, request_only=True)],
        responses={
            200: success("BillingSettingsChanged", PreferencesSerializer, example=_EXAMPLE),
            **errors(InvalidInput, InsufficientPermissions, *_LOGIN_ERRORS),
        },
    )
    def patch(self, request: Request) -> Response:
        given, user_id = self.body(ChangePreferencesSerializer), _user_id(request)
        spending.refuse_capped(user_id=user_id, api_key=api_key_of(request))
        if "spendingCap" in given:
            services.set_spending_cap(user_id=user_id, cap=given["spendingCap"])
        if "lowCreditThreshold" in given:
            services.set_low_threshold(user_id=user_id, credits=given["lowCreditThreshold"])
        return _shown(user_id)


def _shown(user_id: int) -> Response:
    return ok(presented_preferences(services.of_user(user_id=user_id)))


def _user_id(request: Request) -> int:
    """The id of the user; the permission classes admit only requests with one."""
    return cast("int", request.user.pk)
