"""Spending caps: what counts against them, what is refused, and what is given back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from billing import ledger, services
from billing.audit import audit
from billing.errors import InsufficientCredits, SpendingCapReached
from billing.models import CapPeriod, Hold, Spending
from billing.services import PricingType
from billing.spending import services as spending
from billing.spending.services import OF_ACCOUNT, Cap
from tests.billing.factories import fresh_key, subscription_for, user_with

pytestmark = pytest.mark.django_db

KEY, OTHER_KEY = "key_a", "key_b"


def cap(user: User, credits: int, *, api_key: str = OF_ACCOUNT, period: str = "month") -> None:
    spending.set_cap(user_id=user.pk, api_key=api_key, cap=Cap(credits, CapPeriod(period)))


def hold(user: User, credits: int, *, api_key: str = "", key: str = "") -> Hold:
    return ledger.place_hold(
        user_id=user.pk,
        credits=credits,
        key=key or fresh_key("hold"),
        reference="job_1",
        api_key=api_key,
    )


def spent(user: User, api_key: str = OF_ACCOUNT) -> int:
    return spending.states(user_id=user.pk)[api_key].spent


def days_earlier(user: User, days: int) -> None:
    for row in Spending.objects.filter(account__user=user):
        row.day -= timedelta(days=days)
        row.save()


def test_without_a_cap_everything_may_be_spent() -> None:
    assert hold(user_with(1000), 1000).amount == 1000


def test_a_cap_can_be_spent_in_full_and_not_exceeded() -> None:
    user = user_with(100)
    cap(user, 50)
    hold(user, 50)
    with pytest.raises(SpendingCapReached):
        hold(user, 1)
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=50, held=50)


def test_the_error_says_what_to_do() -> None:
    user = user_with(100)
    cap(user, 50, api_key=KEY)
    hold(user, 45, api_key=KEY)
    with pytest.raises(SpendingCapReached) as caught:
        hold(user, 8, api_key=KEY)
    details = caught.value.details or {}
    resets_at = details.pop("resetsAt")
    assert details == {"cap": 50, "period": "month", "spent": 45, "required": 8, "apiKey": KEY}
    assert f"PATCH /auth/api-keys/{KEY}" in caught.value.message
    assert resets_at in caught.value.message
    assert caught.value.status == 402


def test_an_exceeded_cap_of_the_account_names_no_key() -> None:
    user = user_with(100)
    cap(user, 5)
    with pytest.raises(SpendingCapReached) as caught:
        hold(user, 8, api_key=KEY)
    assert (caught.value.details or {})["apiKey"] is None
    assert "PATCH /billing/settings" in caught.value.message


def test_the_cap_of_a_key_leaves_other_keys_and_sessions_alone() -> None:
    user = user_with(100)
    cap(user, 10, api_key=KEY)
    hold(user, 10, api_key=KEY)
    hold(user, 20, api_key=OTHER_KEY)
    hold(user, 20)
    assert spent(user, KEY) == 10


def test_the_cap_of_the_account_counts_every_key_and_session() -> None:
    user = user_with(100)
    cap(user, 30)
    hold(user, 10, api_key=KEY)
    hold(user, 10, api_key=OTHER_KEY)
    hold(user, 10)
    for api_key in ("", KEY, OTHER_KEY):
        with pytest.raises(SpendingCapReached):
            hold(user, 1, api_key=api_key)


def test_a_cap_leaves_other_accounts_alone() -> None:
    cap(user_with(100), 0)
    assert hold(user_with(100), 50, api_key=KEY)


def test_spending_before_the_cap_was_set_counts() -> None:
    user = user_with(100)
    hold(user, 40)
    cap(user, 50)
    with pytest.raises(SpendingCapReached):
        hold(user, 11)


def test_a_cap_of_0_allows_what_a_subscription_pays_for() -> None:
    user = user_with(100)
    subscription_for(user)
    cap(user, 0)
    reservation = services.reserve_single(
        user_id=user.pk, tier="basic", reference="job_1", key="job:1", now=timezone.now()
    )
    assert reservation.pricing_type is PricingType.SUBSCRIPTION
    with pytest.raises(SpendingCapReached):
        hold(user, 1)


def test_released_credits_can_be_spent_again() -> None:
    user = user_with(100)
    cap(user, 50, api_key=KEY)
    first = hold(user, 50, api_key=KEY)
    ledger.release_hold(hold_id=first.pk)
    assert spent(user, KEY) == 0
    hold(user, 50, api_key=KEY)


def test_charged_credits_stay_spent_and_the_rest_comes_back() -> None:
    user = user_with(100)
    cap(user, 50)
    batch = hold(user, 50)
    ledger.settle_hold(hold_id=batch.pk, captures={"job_1": 8, "job_2": 8})
    ledger.settle_hold(hold_id=batch.pk, captures={"job_1": 8, "job_2": 8})
    assert spent(user) == 16


def test_a_release_goes_to_the_day_on_which_the_hold_was_placed() -> None:
    user = user_with(100)
    cap(user, 50, period="day")
    yesterday = hold(user, 50)
    days_earlier(user, 1)
    hold(user, 30)
    ledger.release_hold(hold_id=yesterday.pk)
    assert spent(user) == 30


@pytest.mark.parametrize(("period", "days"), [("day", 1), ("month", 31)])
def test_a_new_period_begins_at_0(period: str, days: int) -> None:
    user = user_with(100)
    cap(user, 50, period=period)
    hold(user, 50)
    days_earlier(user, days)
    assert spent(user) == 0
    hold(user, 50)


def test_a_month_is_a_calendar_month_and_a_day_a_day_in_utc() -> None:
    user = user_with(1)
    for period in CapPeriod:
        cap(user, 1, api_key=period, period=period)
    states, now = spending.states(user_id=user.pk), timezone.now()
    day, month = states["day"].resets_at, states["month"].resets_at
    assert now < day <= now + timedelta(days=1)
    assert now < month <= now + timedelta(days=31)
    assert (day.hour, day.minute, month.day, month.hour) == (0, 0, 1, 0)


def test_a_cap_below_what_is_spent_refuses_whatever_comes_next() -> None:
    user = user_with(100)
    hold(user, 50)
    cap(user, 20)
    with pytest.raises(SpendingCapReached) as caught:
        hold(user, 1)
    assert (caught.value.details or {})["spent"] == 50


def test_a_removed_cap_no_longer_holds() -> None:
    user = user_with(100)
    cap(user, 0)
    spending.set_cap(user_id=user.pk, cap=None)
    assert hold(user, 100)


def test_too_few_credits_are_reported_before_a_cap() -> None:
    user = user_with(5)
    cap(user, 0)
    with pytest.raises(InsufficientCredits):
        hold(user, 8)


def test_the_same_hold_again_counts_once() -> None:
    user = user_with(100)
    cap(user, 8)
    assert hold(user, 8, key="job:1") == hold(user, 8, key="job:1")
    assert spent(user) == 8


def test_a_hold_of_the_previous_release_gives_back_to_no_day() -> None:
    user = user_with(100)
    cap(user, 50)
    old = hold(user, 10)
    Spending.objects.all().delete()
    Hold.objects.filter(pk=old.pk).update(spending=None)
    hold(user, 20)
    ledger.release_hold(hold_id=old.pk)
    assert spent(user) == 20


def test_the_audit_compares_spending_with_the_holds() -> None:
    user = user_with(100)
    batch = hold(user, 50)
    ledger.settle_hold(hold_id=batch.pk, captures={"job_1": 8})
    assert audit(now=timezone.now()).ok
    Spending.objects.update(credits=7)
    [breach] = audit(now=timezone.now()).breaches
    assert breach.check == "spending-differs-from-holds"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("opened", [True, False])
def test_at_the_same_moment_a_cap_is_never_exceeded(opened: bool) -> None:
    user = user_with(1000)
    cap(user, 40, api_key=KEY)
    if opened:
        hold(user, 8, api_key=KEY)
    together = Barrier(8)

    def one(_: int) -> bool:
        together.wait()
        try:
            hold(user, 8, api_key=KEY)
        except SpendingCapReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = sum(pool.map(one, range(8)))
    assert accepted + opened == 5
    assert spent(user, KEY) == 40
    assert ledger.balance(user_id=user.pk).held == 40


@pytest.mark.django_db(transaction=True)
def test_two_keys_at_the_same_moment_do_not_exceed_the_cap_of_the_account() -> None:
    user = user_with(1000)
    cap(user, 40)
    together = Barrier(8)

    def one(number: int) -> bool:
        together.wait()
        try:
            hold(user, 8, api_key=(KEY, OTHER_KEY)[number % 2])
        except SpendingCapReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 5
    assert spent(user) == 40
