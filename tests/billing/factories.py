"""Accounts with credits, subscriptions and quotas for tests, made through the services."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.models import Account, Hold, QuotaDay, Subscription
from billing.plans import PLANS, PlanName
from tests.accounts.factories import UserFactory

_numbers = count(1)


def fresh_key(prefix: str = "key") -> str:
    return f"{prefix}:{next(_numbers)}"


def user_with(credits: int) -> User:
    """A user with that many credits, and with an account even for none."""
    user = UserFactory()
    ledger.grant(user_id=user.pk, credits=credits or 1, key=fresh_key("grant"), reason="Test")
    if not credits:
        ledger.adjust(user_id=user.pk, credits=-1, key=fresh_key(), reason="Test", actor_id=None)
    return user


def account_of(user: User) -> Account:
    return Account.objects.get(user=user)


def hold_for(user: User, credits: int, reference: str = "job_1") -> Hold:
    return ledger.place_hold(
        user_id=user.pk, credits=credits, key=fresh_key("hold"), reference=reference
    )


def subscription_for(user: User, plan: str = "pro", **fields: Any) -> Subscription:
    """A subscription as it was last fetched from Stripe, paid for two more weeks."""
    now = timezone.now()
    number = next(_numbers)
    defaults = {
        "stripe_id": f"sub_remote{number}",
        "item_id": f"si_{number}",
        "plan": plan,
        "status": "active",
        "monthly_price_idr": PLANS[PlanName(plan)].monthly_price_idr,
        "subscribed_at": now - timedelta(days=16),
        "period_start": now - timedelta(days=16),
        "period_end": now + timedelta(days=14),
        "sequence": 0,
    }
    return Subscription.objects.create(user=user, **{**defaults, **fields})


def quota_of(user: User) -> tuple[int, int]:
    """The use of all days together: images, and professional ones."""
    days = QuotaDay.objects.filter(user=user)
    return sum(day.used for day in days), sum(day.professional_used for day in days)
