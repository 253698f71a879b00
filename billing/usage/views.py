"""`GET /billing/usage`: credits and quota by day, for charts. `GET /billing/plans`."""

from datetime import UTC, date, timedelta
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from billing.subscriptions import presenters
from billing.subscriptions.serializers import PlanSerializer
from billing.usage import queries
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.serializers import StrictSerializer
from common.http.views import ApiView

_LOGIN_ERRORS = (Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited)
DEFAULT_DAYS, MAX_DAYS = 30, 366
_DAY = {"date": "2025-01-15", "credits": 120, "imagesBySubscription": 47}
_USAGE = {"from": "2025-01-15", "to": "2025-01-15", "credits": 120, "days": [_DAY]}
_PLAN = {
    "name": "starter",
    "price": 99000,
    "dailyQuota": 50,
    "allowedTiers": ["basic", "standard"],
}


class UsageQuerySerializer(StrictSerializer):
    to = serializers.DateField(required=False, help_text="The last UTC day; today by default.")

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of the language, so it cannot be an attribute.
        first = serializers.DateField(
            required=False, help_text=f"The first UTC day; {DEFAULT_DAYS} days by default."
        )
        return {"from": first, **super().get_fields()}


class UsageDaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    credits = serializers.IntegerField(
        help_text="Charged or set aside for work that began on this day."
    )
    imagesBySubscription = serializers.IntegerField(help_text="Taken from the day's quota.")


class DailyUsageSerializer(serializers.Serializer[Any]):
    to = serializers.DateField()
    credits = serializers.IntegerField(help_text="The sum of all days.")
    days = UsageDaySerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}


class PlansOnSaleSerializer(serializers.Serializer[Any]):
    plans = PlanSerializer(many=True)


class UsageView(ApiView):
    """`GET /billing/usage`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @extend_schema(
        operation_id="getUsage",
        tags=["Billing"],
        summary="Credits and quota used, by day",
        description=f"Days are UTC days, oldest first, without gaps; at most {MAX_DAYS}.",
        parameters=[UsageQuerySerializer],
        responses={
            200: success("DailyUsage", DailyUsageSerializer, example=_USAGE),
            **errors(InvalidInput, *_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        first, last = _span(self.query(UsageQuerySerializer))
        days = queries.by_day(user_id=cast("int", request.user.pk), first=first, last=last)
        return ok(
            {
                "from": first.isoformat(),
                "to": last.isoformat(),
                "credits": sum(day.credits for day in days),
                "days": [
                    {
                        "date": day.date.isoformat(),
                        "credits": day.credits,
                        "imagesBySubscription": day.images_by_subscription,
                    }
                    for day in days
                ],
            }
        )


class PlansView(ApiView):
    """`GET /billing/plans`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    @extend_schema(
        operation_id="listPlans",
        tags=["Billing"],
        summary="Plans on sale",
        description="Needs no login. Prices are whole rupiah a month, quotas images a UTC day.",
        auth=[],
        responses={
            200: success("PlansOnSale", PlansOnSaleSerializer, example={"plans": [_PLAN]}),
            **errors(RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        return ok({"plans": presenters.nothing()["availablePlans"]})


def _span(query: dict[str, Any]) -> tuple[date, date]:
    last = query.get("to") or timezone.now().astimezone(UTC).date()
    first = query.get("from") or last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise InvalidInput("from: after to", details={"fields": {"from": ["after to"]}})
    if (last - first).days >= MAX_DAYS:
        message = f"at most {MAX_DAYS} days at a time"
        raise InvalidInput(f"from: {message}", details={"fields": {"from": [message]}})
    return first, last
