"""The source that pays for a single image: the subscription's quota, credits, or none."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from billing import ledger, services
from billing.audit import audit
from billing.errors import InsufficientCredits, QuotaExceeded, TierNotAllowed
from billing.models import QuotaDay, QuotaUse
from billing.quotas import services as quotas
from billing.services import PricingType, Reservation
from common.models import OutgoingMail
from tests.billing.factories import quota_of, subscription_for, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sound() -> Iterator[None]:
    yield
    assert audit(now=timezone.now()).breaches == ()


def reserve(user: User, tier: str = "basic", key: str = "job:1") -> Reservation:
    return services.reserve_single(
        user_id=user.pk, tier=tier, reference="job_1", key=key, now=timezone.now()
    )


def use_up(user: User, count: int, tier: str = "basic") -> None:
    for number in range(count):
        assert reserve(user, tier, f"used:{tier}:{number}").credits == 0


def test_a_subscription_pays_for_an_image() -> None:
    user = user_with(100)
    subscription_for(user)
    assert reserve(user, "professional") == Reservation(PricingType.SUBSCRIPTION, 0, None)
    assert quota_of(user) == (1, 1)
    assert ledger.balance(user_id=user.pk).available == 100


def test_the_same_key_takes_once() -> None:
    user = user_with(0)
    subscription_for(user)
    assert reserve(user) == reserve(user)
    assert quota_of(user) == (1, 0)


def test_credits_pay_without_a_subscription() -> None:
    assert reserve(user_with(3)).pricing_type is PricingType.CREDITS


def test_without_a_subscription_credits_are_what_is_missing() -> None:
    with pytest.raises(InsufficientCredits):
        reserve(user_with(2))


def test_credits_pay_for_a_tier_that_the_plan_lacks() -> None:
    user = user_with(25)
    subscription_for(user)
    assert reserve(user, "industry").credits == 25
    assert quota_of(user) == (0, 0)


def test_a_tier_that_neither_pays_for_is_forbidden() -> None:
    user = user_with(14)
    subscription_for(user, "starter")
    with pytest.raises(TierNotAllowed) as caught:
        reserve(user, "professional")
    assert (caught.value.status, caught.value.code) == (403, "TIER_NOT_ALLOWED")
    assert caught.value.details == {
        "tier": "professional",
        "plan": "starter",
        "allowedTiers": ["basic", "standard"],
        "required": 15,
        "available": 14,
    }


def test_credits_pay_once_the_quota_is_used_up() -> None:
    user = user_with(3)
    subscription_for(user, "starter")
    use_up(user, 50)
    assert reserve(user).credits == 3


def test_a_used_up_quota_says_when_it_begins_anew() -> None:
    user = user_with(2)
    subscription_for(user, "starter")
    use_up(user, 50)
    with pytest.raises(QuotaExceeded) as caught:
        reserve(user)
    error = caught.value
    assert error.details
    assert (error.status, error.code) == (429, "QUOTA_EXCEEDED")
    assert (error.details["limit"], error.details["used"]) == (50, 50)
    resets_at = datetime.fromisoformat(error.details["resetsAt"])
    assert resets_at - timezone.now() <= timedelta(days=1)
    assert (resets_at.hour, resets_at.minute, resets_at.second) == (0, 0, 0)


def test_at_most_50_of_200_are_professional() -> None:
    user = user_with(0)
    subscription_for(user)
    use_up(user, 50, "professional")
    with pytest.raises(QuotaExceeded) as caught:
        reserve(user, "professional")
    assert caught.value.details
    assert (caught.value.details["limit"], caught.value.details["used"]) == (50, 50)
    assert reserve(user, "standard").credits == 0
    assert quota_of(user) == (51, 50)


def test_a_failed_image_is_given_back_once() -> None:
    user = user_with(0)
    subscription_for(user)
    reserve(user, "professional")
    assert services.release_quota(key="job:1", now=timezone.now())
    assert not services.release_quota(key="job:1", now=timezone.now())
    assert not services.release_quota(key="job:unknown", now=timezone.now())
    assert quota_of(user) == (0, 0)


def test_an_image_is_given_back_to_the_day_it_was_taken_from() -> None:
    user = user_with(0)
    subscription_for(user)
    reserve(user, key="yesterday")
    QuotaDay.objects.update(day=date(2025, 1, 14))
    reserve(user, key="today")
    services.release_quota(key="yesterday", now=timezone.now())
    used = dict(QuotaDay.objects.filter(user=user).values_list("day", "used"))
    assert used == {date(2025, 1, 14): 0, quotas.usage(user_id=user.pk).asked_at.date(): 1}


def test_a_quota_is_its_users_own() -> None:
    owner, stranger = user_with(0), user_with(0)
    subscription_for(owner)
    with pytest.raises(InsufficientCredits):
        reserve(stranger)


def test_a_smaller_plan_leaves_what_was_taken() -> None:
    user = user_with(0)
    row = subscription_for(user)
    use_up(user, 60)
    row.plan = "starter"
    row.save()
    with pytest.raises(QuotaExceeded) as caught:
        reserve(user)
    assert caught.value.details
    assert (caught.value.details["limit"], caught.value.details["used"]) == (50, 60)


@pytest.mark.parametrize(
    ("fields", "pays"),
    [
        ({"status": "active"}, True),
        ({"status": "active", "cancel_at_period_end": True}, True),
        ({"status": "past_due", "grace_until": timedelta(hours=1)}, True),
        ({"status": "past_due", "grace_until": timedelta(hours=-1)}, False),
        (
            {"status": "active", "cancel_at_period_end": True, "period_end": timedelta(hours=-1)},
            False,
        ),
        ({"status": "canceled"}, False),
        ({"status": "incomplete"}, False),
        ({"status": "unpaid"}, False),
    ],
)
def test_only_paid_subscriptions_pay_for_images(fields: dict[str, Any], pays: bool) -> None:
    user = user_with(0)
    now = timezone.now()
    moments: dict[str, Any] = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in fields.items()
    }
    subscription_for(user, **moments)
    if pays:
        assert reserve(user).pricing_type is PricingType.SUBSCRIPTION
    else:
        with pytest.raises(InsufficientCredits):
            reserve(user)


def test_the_80_percent_notice_is_sent_once() -> None:
    user = user_with(0)
    subscription_for(user, "starter")
    use_up(user, 39)
    assert not OutgoingMail.objects.exists()
    reserve(user, key="forty")
    services.release_quota(key="forty", now=timezone.now())
    reserve(user, key="forty again")
    [mail] = OutgoingMail.objects.all()
    assert (mail.kind, mail.user_id, mail.context) == (
        "billing.quota_nearly_used",
        user.pk,
        {"used": 40, "limit": 50},
    )


class TestMidnight:
    """The database's clock is set to a moment; the application's clock does not matter."""

    def database_says(self, moment: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS set_clock")
            cursor.execute(
                "CREATE OR REPLACE FUNCTION set_clock.clock_timestamp() RETURNS timestamptz "
                f"LANGUAGE sql STABLE AS $$ SELECT '{moment.isoformat()}'::timestamptz $$"
            )
            cursor.execute("SET LOCAL search_path = set_clock, public, pg_catalog")

    @pytest.mark.parametrize("skew", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)])
    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            (datetime(2025, 1, 15, 23, 59, 59, 999000, UTC), date(2025, 1, 15)),
            (datetime(2025, 1, 16, 0, 0, 0, 0, UTC), date(2025, 1, 16)),
        ],
    )
    def test_the_database_says_which_day_it_is(
        self, moment: datetime, day: date, skew: timedelta
    ) -> None:
        user = user_with(0)
        subscription_for(user)
        self.database_says(moment)
        services.reserve_single(
            user_id=user.pk, tier="basic", reference="job_1", key="job:1", now=moment + skew
        )
        assert QuotaDay.objects.get(user=user).day == day
        assert quotas.usage(user_id=user.pk).used == 1

    def test_midnight_begins_a_new_quota(self) -> None:
        user = user_with(0)
        subscription_for(user, "starter")
        self.database_says(datetime(2025, 1, 15, 23, 59, 59, tzinfo=UTC))
        use_up(user, 50)
        with pytest.raises(QuotaExceeded) as caught:
            reserve(user, key="51")
        assert caught.value.details
        assert caught.value.details["resetsAt"] == "2025-01-16T00:00:00Z"
        assert caught.value.headers["Retry-After"] == "1"
        self.database_says(datetime(2025, 1, 16, tzinfo=UTC))
        assert reserve(user, key="52").credits == 0
        assert quotas.usage(user_id=user.pk).used == 1

    def test_quota_taken_before_midnight_is_returned_after_it(self) -> None:
        user = user_with(0)
        subscription_for(user)
        self.database_says(datetime(2025, 1, 15, 23, 59, 59, tzinfo=UTC))
        reserve(user)
        self.database_says(datetime(2025, 1, 16, tzinfo=UTC))
        services.release_quota(key="job:1", now=timezone.now())
        assert quotas.usage(user_id=user.pk).used == 0
        assert QuotaDay.objects.get(day=date(2025, 1, 15)).used == 0


def test_the_audit_notices_a_quota_that_was_tampered_with() -> None:
    user = user_with(0)
    subscription_for(user)
    reserve(user)
    QuotaUse.objects.all().delete()
    [finding] = audit(now=timezone.now()).breaches
    assert finding.check == "quota-differs-from-images"
    QuotaDay.objects.update(used=0)
