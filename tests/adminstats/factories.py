"""Jobs and holds in the past, and a plain count of them to compare with."""

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from billing.models import CreditOrder, Hold, HoldStatus, Invoice
from removal.models import Job
from tests.billing.factories import account_of, fresh_key, hold_for
from tests.removal.factories import customer, row

TIERS = ("basic", "standard", "professional", "industry")
STATES = ("completed", "completed", "completed", "failed", "cancelled", "queued", "processing")


def scattered(count: int, *, until: datetime, days: float, seed: int) -> User:
    """`count` jobs of one user, ended at random moments of the last `days`, some not at all."""
    chance = random.Random(seed)
    user = customer(credits=1_000_000)
    for _ in range(count):
        ended = until - timedelta(days=days) * chance.random()
        job(user, chance.choice(TIERS), chance.choice(STATES), ended, chance.randint(1, 25))
    return user


def job(user: User, tier: str, status: str, ended: datetime, price: int = 8) -> Job:
    """A job made two minutes before it ended; a completed one with its closed hold."""
    completed = status == "completed"
    made = row(
        user,
        tier=tier,
        status=status,
        price=price,
        credits_used=price if completed else 0,
        created_at=ended - timedelta(minutes=2),
    )
    if made.completed_at:
        Job.objects.filter(pk=made.pk).update(completed_at=ended)
    if completed:
        closed_hold(user, price, ended)
    return made


def closed_hold(user: User, credits: int, at: datetime) -> Hold:
    hold = hold_for(user, credits, fresh_key("job"))
    hold.captured, hold.status, hold.closed_at = credits, HoldStatus.CLOSED, at
    hold.save()
    assert hold.account == account_of(user)
    return hold


def counted(since: datetime | None, now: datetime) -> dict[str, Any]:
    """Jobs by tier and state, and credits, one row after the other."""
    jobs = Counter(
        (job.tier, job.status)
        for job in Job.objects.all()
        if since is None or (job.completed_at or now) >= since
    )
    closed = [(hold.closed_at, hold.captured) for hold in Hold.objects.all()]
    credits = sum(used for at, used in closed if at and (since is None or at >= since))
    return {"jobs": dict(jobs), "credits": credits}


def order(
    user: User,
    amount: int,
    *,
    lost: int = 0,
    age: timedelta = timedelta(0),
    paid: bool = True,
) -> CreditOrder:
    """An order of credits for so many rupiah."""
    moment = timezone.now() - age
    return CreditOrder.objects.create(
        user=user,
        credits=100,
        amount_idr=amount,
        lost_idr=lost,
        created_at=moment,
        paid_at=moment if paid else None,
    )


def bill(user: User, amount: int, *, lost: int = 0, order_id: str = "") -> Invoice:
    """A paid invoice over so many rupiah; of a subscription, unless it names an order."""
    now = timezone.now()
    return Invoice.objects.create(
        user=user,
        stripe_id=fresh_key("in"),
        payment_intent=fresh_key("pi"),
        order_id=order_id,
        status="paid",
        currency="idr",
        amount_due=100 * amount,
        amount_paid=100 * amount,
        amount_lost=100 * lost,
        created_at=now,
        period_start=now,
        period_end=now,
        paid_at=now,
        sequence=0,
    )
