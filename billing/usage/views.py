"""`GET /billing/usage`: credits and quota by day, for charts. `GET /billing/plans`."""

from datetime import UTC, date, timedelta
from typing import Any, cast

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from billing.subscriptions import presenters
from billing.usage import openapi, queries
from billing.usage.serializers import DEFAULT_DAYS, MAX_DAYS, UsageQuerySerializer
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import InvalidInput
from common.http.permissions import require_scope
from common.http.views import ApiView


class UsageView(ApiView):
    """`GET /billing/usage`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @openapi.usage
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

    @openapi.plans
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
