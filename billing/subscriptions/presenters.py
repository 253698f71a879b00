"""Presenters of subscriptions."""

import math
from datetime import datetime, timedelta
from typing import Any

from billing.models import Subscription
from billing.plans import PLANS, Plan
from billing.pricing import CURRENCY, Tier
from billing.quotas.services import Usage, professional_quota
from billing.subscriptions.queries import Standing
from billing.subscriptions.services import Subscribed
from common.http.errors import timestamp


def standing(standing: Standing) -> dict[str, Any]:
    """The answer of `GET /subscription` to a subscriber."""
    row, plan = standing.subscription, standing.plan
    return {
        "hasSubscription": True,
        "subscriptionId": row.public_id,
        "plan": plan.name,
        "status": row.status,
        "pricing": {"monthlyPrice": row.monthly_price_idr, "currency": CURRENCY},
        "quotas": _quotas(plan, standing.usage),
        "allowedTiers": list(plan.allowed_tiers),
        "billing": {
            "nextBillingDate": None if row.cancel_at_period_end else timestamp(row.period_end),
            "subscribedAt": timestamp(row.subscribed_at),
            "cancelAtPeriodEnd": row.cancel_at_period_end,
            "expiresAt": timestamp(row.period_end) if row.cancel_at_period_end else None,
            "graceUntil": timestamp(row.grace_until) if row.grace_until else None,
        },
    }


def nothing() -> dict[str, Any]:
    """The answer of `GET /subscription` to a user without a subscription."""
    return {"hasSubscription": False, "availablePlans": [_plan(plan) for plan in PLANS.values()]}


def subscribed(done: Subscribed) -> dict[str, Any]:
    row = done.subscription
    return {
        "subscriptionId": row.public_id,
        "plan": row.plan,
        "status": row.status,
        "nextBillingDate": timestamp(row.period_end),
        "amountCharged": done.charged_idr,
    }


def cancelled(row: Subscription, *, now: datetime) -> dict[str, Any]:
    expires_at = row.ended_at or row.period_end
    return {
        "message": "Subscription cancelled successfully",
        "expiresAt": timestamp(expires_at),
        "remainingDays": max(0, math.ceil((expires_at - now) / timedelta(days=1))),
    }


def resumed(row: Subscription) -> dict[str, Any]:
    return {
        "message": "Subscription resumed successfully",
        "subscriptionId": row.public_id,
        "plan": row.plan,
        "status": row.status,
        "nextBillingDate": timestamp(row.period_end),
    }


def _quotas(plan: Plan, usage: Usage) -> dict[str, Any]:
    quotas: dict[str, Any] = {
        "daily": {
            **_share(plan.daily_quota, usage.used),
            "resetsAt": timestamp(usage.resets_at),
        }
    }
    if plan.allows(Tier.PROFESSIONAL):
        limit = professional_quota(plan)
        quotas["professionalTier"] = _share(limit, usage.professional_used)
    return quotas


def _share(limit: int, used: int) -> dict[str, int]:
    """A limit, its use and the remainder. After a change to a smaller plan the use may exceed the
    limit.
    """
    return {"limit": limit, "used": used, "remaining": max(0, limit - used)}


def _plan(plan: Plan) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": plan.name,
        "price": plan.monthly_price_idr,
        "dailyQuota": plan.daily_quota,
        "allowedTiers": list(plan.allowed_tiers),
    }
    if Tier.PROFESSIONAL in plan.tier_quotas:
        shown["professionalQuota"] = plan.tier_quotas[Tier.PROFESSIONAL]
    return shown
