"""OpenAPI descriptions of usage by day and of plans on sale."""

from drf_spectacular.utils import extend_schema

from billing.usage.serializers import (
    MAX_DAYS,
    DailyUsageSerializer,
    PlansOnSaleSerializer,
    UsageQuerySerializer,
)
from common.http.errors import InvalidInput, RateLimited
from common.http.openapi import LOGIN_ERRORS, errors, success

_DAY = {"date": "2025-01-15", "credits": 120, "imagesBySubscription": 47}

_USAGE = {"from": "2025-01-15", "to": "2025-01-15", "credits": 120, "days": [_DAY]}

_PLAN = {
    "name": "starter",
    "price": 99000,
    "dailyQuota": 50,
    "allowedTiers": ["basic", "standard"],
}

usage = extend_schema(
    operation_id="getUsage",
    tags=["Billing"],
    summary="Credits and quota used, by day",
    description=f"Days are UTC days, oldest first, without gaps; at most {MAX_DAYS}.",
    parameters=[UsageQuerySerializer],
    responses={
        200: success("DailyUsage", DailyUsageSerializer, example=_USAGE),
        **errors(InvalidInput, *LOGIN_ERRORS),
    },
)

plans = extend_schema(
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
