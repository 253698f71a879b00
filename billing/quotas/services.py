"""Daily quotas: take and give back, each in one conditional statement.

The day is the UTC day of the database's clock, so no two web servers can disagree about it. Locks
are taken in the order quota → account → batch → job.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from billing import events
from billing.mails import outbox
from billing.models import QuotaDay, QuotaUse
from billing.plans import Plan
from billing.pricing import Tier

# The share of a day's quota at which the user gets a notice.
NEARLY_PERCENT = 80

_TAKE = """
    INSERT INTO billing_quotaday AS today
           (user_id, day, used, used_limit, professional_used, professional_limit)
    SELECT %(user)s, (clock_timestamp() AT TIME ZONE 'UTC')::date, 1, %(limit)s,
           %(professional)s, %(professional_limit)s
     WHERE %(limit)s >= 1 AND %(professional)s <= %(professional_limit)s
        ON CONFLICT (user_id, day) DO UPDATE
       SET used = today.used + 1,
           professional_used = today.professional_used + %(professional)s,
           used_limit = greatest(%(limit)s, today.used + 1),
           professional_limit = greatest(%(professional_limit)s, today.professional_used)
     WHERE today.used + 1 <= %(limit)s
       AND (%(professional)s = 0
            OR today.professional_used + %(professional)s <= %(professional_limit)s)
 RETURNING id, used
"""
_CLOCK = "SELECT clock_timestamp() AT TIME ZONE 'UTC'"


@dataclass(frozen=True)
class Usage:
    """The use of a quota, in images, at the moment `asked_at` of the database's clock."""

    asked_at: datetime
    used: int
    professional_used: int

    @property
    def resets_at(self) -> datetime:
        """The UTC midnight at which the day ends."""
        return datetime.combine(self.asked_at.date() + timedelta(days=1), time(), UTC)

    @property
    def seconds_left(self) -> int:
        return math.ceil((self.resets_at - self.asked_at).total_seconds())


def take(*, user_id: int, plan: Plan, tier: Tier, key: str, reference: str, now: datetime) -> bool:
    """Take one image from today's quota; the same `key` takes only once.

    Returns False when the plan lacks the tier, or when nothing is left of the quota for it.
    """
    if not plan.allows(tier):
        return False
    try:
        with transaction.atomic():
            counted = _count(user_id, plan, tier)
            if counted is None:
                return False
            day_id, used = counted
            QuotaUse.objects.create(
                key=key, quota_day_id=day_id, tier=tier, reference=reference, taken_at=now
            )
            if used == math.ceil(plan.daily_quota * NEARLY_PERCENT / 100):
                _notify(user_id, plan, day_id, used, now)
            if used == plan.daily_quota:
                events.quota_reached(
                    user_id=user_id, day_id=day_id, used=used, limit=plan.daily_quota, now=now
                )
    except IntegrityError:
        # A concurrent request with the same key was first, so this one's count is rolled back.
        if not taken(key=key):
            raise
    return True


def taken(*, key: str) -> bool:
    """Return whether an image was taken under this key, even if it was given back since."""
    return QuotaUse.objects.filter(key=key).exists()


def give_back(*, key: str, now: datetime) -> bool:
    """Return what was taken under `key` to the day it was taken from; repeating it changes nothing.

    Returns False when there is nothing to return.
    """
    with transaction.atomic():
        use = QuotaUse.objects.filter(key=key).values_list("quota_day_id", "tier").first()
        if use is None:
            return False
        day_id, tier = use
        # The day's row is locked first, as in `take`.
        QuotaDay.objects.select_for_update(no_key=True).only("pk").get(pk=day_id)
        if not QuotaUse.objects.filter(key=key, returned_at__isnull=True).update(returned_at=now):
            return False
        QuotaDay.objects.filter(pk=day_id).update(
            used=F("used") - 1, professional_used=F("professional_used") - _professional(tier)
        )
    return True


def usage(*, user_id: int) -> Usage:
    """The user's use of today's quota."""
    now = _now()
    row = QuotaDay.objects.filter(user_id=user_id, day=now.date())
    used, professional = row.values_list("used", "professional_used").first() or (0, 0)
    return Usage(now, used, professional)


def professional_quota(plan: Plan) -> int:
    """The number of a day's images that may be professional; 0 where the plan lacks the tier."""
    if not plan.allows(Tier.PROFESSIONAL):
        return 0
    return plan.tier_quotas.get(Tier.PROFESSIONAL, plan.daily_quota)


def _count(user_id: int, plan: Plan, tier: Tier) -> tuple[int, int] | None:
    values = {
        "user": user_id,
        "limit": plan.daily_quota,
        "professional": _professional(tier),
        "professional_limit": professional_quota(plan),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return cursor.fetchone()  # type: ignore[no-any-return]


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(_CLOCK)
        [now] = cursor.fetchone()
    return now.replace(tzinfo=UTC)  # type: ignore[no-any-return]


def _professional(tier: str) -> int:
    return int(tier == Tier.PROFESSIONAL)


def _notify(user_id: int, plan: Plan, day_id: int, used: int, now: datetime) -> None:
    outbox.quota_nearly_used(
        user_id=user_id, day_id=day_id, used=used, limit=plan.daily_quota, now=now
    )
