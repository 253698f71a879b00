"""`/billing/settings`: the account's spending cap, and when to warn of few credits."""

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.response import Response

from billing.preferences import openapi, services
from billing.preferences.serializers import ChangePreferencesSerializer, presented_preferences
from billing.spending import services as spending
from common.http.auth import Scope, api_key_of
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView


class PreferencesView(ApiView):
    """`/billing/settings`"""

    def get_permissions(self) -> list[Any]:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [require_scope(Scope.BILLING_READ if reading else Scope.BILLING_WRITE)()]

    @openapi.preferences
    def get(self, request: Request) -> Response:
        return _shown(_user_id(request))

    @openapi.change_preferences
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
