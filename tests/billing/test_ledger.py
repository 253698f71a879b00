"""Granting, adjusting and holding credits, once each."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing import ledger
from billing.errors import InsufficientCredits, KeyReused
from billing.ledger import Balance
from billing.models import Account, Entry, Hold
from tests.accounts.factories import UserFactory
from tests.billing.factories import fresh_key, hold_for, user_with

pytestmark = pytest.mark.django_db


def test_a_user_without_an_account_has_nothing() -> None:
    user = UserFactory()
    assert ledger.balance(user_id=user.pk) == Balance(available=0, held=0)
    assert not Account.objects.filter(user=user).exists()


def test_the_first_grant_opens_the_account() -> None:
    user = UserFactory()
    entry = ledger.grant(user_id=user.pk, credits=50, key="signup:1", reason="Welcome")
    assert ledger.balance(user_id=user.pk) == Balance(available=50, held=0)
    assert (entry.kind, entry.sequence, entry.available_after) == ("grant", 1, 50)
    assert entry.public_id.startswith("txn_")


def test_a_payment_grants_once() -> None:
    user = user_with(10)
    grant: dict[str, Any] = {
        "user_id": user.pk,
        "credits": 5,
        "key": "payment:pi_1",
        "reason": "Credit pack",
    }
    assert ledger.grant(**grant) == ledger.grant(**grant)
    assert ledger.balance(user_id=user.pk).available == 15


@pytest.mark.parametrize("other", [{"credits": 6}, {"reason": "Gift"}])
def test_a_key_with_another_body_is_refused(other: dict[str, Any]) -> None:
    user = user_with(10)
    grant: dict[str, Any] = {
        "user_id": user.pk,
        "credits": 5,
        "key": "payment:pi_1",
        "reason": "Credit pack",
    }
    ledger.grant(**grant)
    with pytest.raises(KeyReused) as caught:
        ledger.grant(**{**grant, **other})
    assert (caught.value.status, caught.value.details) == (409, {"key": "payment:pi_1"})
    assert ledger.balance(user_id=user.pk).available == 15


def test_a_key_of_another_user_is_refused() -> None:
    one, two = user_with(0), user_with(0)
    ledger.grant(user_id=one.pk, credits=5, key="payment:pi_1", reason="Credit pack")
    with pytest.raises(KeyReused):
        ledger.grant(user_id=two.pk, credits=5, key="payment:pi_1", reason="Credit pack")
    assert ledger.balance(user_id=two.pk).available == 0


def test_an_adjustment_records_who_and_why() -> None:
    user, operator = user_with(10), UserFactory(is_staff=True)
    entry = ledger.adjust(
        user_id=user.pk, credits=-4, key="k", reason="Goodwill undone", actor_id=operator.pk
    )
    assert (entry.actor_id, entry.reason) == (operator.pk, "Goodwill undone")
    assert (entry.delta_available, entry.available_after) == (-4, 6)


def test_a_refund_takes_back_once() -> None:
    user = user_with(10)
    refund: dict[str, Any] = {
        "user_id": user.pk,
        "credits": -10,
        "key": "payment:pi_1",
        "reason": "Refunded",
    }
    first = ledger.adjust(**refund, actor_id=None)
    assert ledger.adjust(**refund, actor_id=None) == first
    assert ledger.balance(user_id=user.pk).available == 0


def test_a_grant_and_its_reversal_may_share_the_payment_as_their_key() -> None:
    user = user_with(0)
    ledger.grant(user_id=user.pk, credits=5, key="payment:pi_1", reason="Credit pack")
    ledger.adjust(user_id=user.pk, credits=-5, key="payment:pi_1", reason="Refund", actor_id=None)
    assert ledger.balance(user_id=user.pk).available == 0


def test_an_adjustment_cannot_take_more_than_there_is() -> None:
    user = user_with(10)
    with pytest.raises(InsufficientCredits):
        ledger.adjust(user_id=user.pk, credits=-11, key="k", reason="Fraud", actor_id=None)
    assert ledger.balance(user_id=user.pk).available == 10


def test_an_adjustment_can_be_a_users_first_credits() -> None:
    user = UserFactory()
    ledger.adjust(user_id=user.pk, credits=7, key="k", reason="Goodwill", actor_id=None)
    assert ledger.balance(user_id=user.pk).available == 7


@pytest.mark.parametrize("credits", [0, -1])
def test_grants_and_holds_are_positive(credits: int) -> None:
    user = user_with(10)
    with pytest.raises(ValueError, match="at least 1 credit"):
        ledger.grant(user_id=user.pk, credits=credits, key="k", reason="Test")
    with pytest.raises(ValueError, match="at least 1 credit"):
        hold_for(user, credits)


@pytest.mark.parametrize(("credits", "reason"), [(0, "Test"), (1, ""), (1, "  ")])
def test_an_adjustment_needs_an_amount_and_a_reason(credits: int, reason: str) -> None:
    user = user_with(10)
    with pytest.raises(ValueError, match="An adjustment"):
        ledger.adjust(user_id=user.pk, credits=credits, key="k", reason=reason, actor_id=None)


def test_a_hold_sets_credits_aside() -> None:
    user = user_with(20)
    hold = hold_for(user, 15, "job_7")
    assert (hold.amount, hold.status, hold.reference) == (15, "open", "job_7")
    assert ledger.balance(user_id=user.pk) == Balance(available=5, held=15)


def test_a_hold_counts_from_the_time_it_is_given() -> None:
    user, then = user_with(20), datetime(2025, 1, 15, 10, tzinfo=UTC)
    hold = ledger.place_hold(user_id=user.pk, credits=1, key="k", reference="job_1", now=then)
    hold.refresh_from_db()
    assert hold.created_at == then


def test_a_hold_over_the_balance_says_what_is_missing() -> None:
    user = user_with(8)
    with pytest.raises(InsufficientCredits) as caught:
        ledger.place_hold(
            user_id=user.pk, credits=15, key="k", reference="job_1", tier="professional"
        )
    error = caught.value
    assert (error.code, error.status) == ("INSUFFICIENT_CREDITS", 402)
    assert error.message == "You need 15 credits but only have 8 available"
    assert error.details == {"required": 15, "available": 8, "tier": "professional"}


def test_a_refused_hold_changes_nothing() -> None:
    user = user_with(8)
    before = Entry.objects.count()
    with pytest.raises(InsufficientCredits):
        hold_for(user, 9)
    assert ledger.balance(user_id=user.pk) == Balance(available=8, held=0)
    assert (Entry.objects.count(), Hold.objects.count()) == (before, 0)


def test_a_user_without_an_account_cannot_hold() -> None:
    user = UserFactory()
    with pytest.raises(InsufficientCredits) as caught:
        hold_for(user, 3)
    assert caught.value.details == {"required": 3, "available": 0}


def test_the_same_hold_again_is_the_first_one() -> None:
    user = user_with(20)
    body: dict[str, Any] = {
        "user_id": user.pk,
        "credits": 15,
        "key": "hold:1",
        "reference": "job_1",
    }
    first = ledger.place_hold(**body)
    # 15 more credits are not available, but the hold does not need them.
    assert ledger.place_hold(**body) == first
    assert ledger.balance(user_id=user.pk) == Balance(available=5, held=15)


@pytest.mark.parametrize("other", [{"credits": 14}, {"reference": "job_2"}, {"credits": 1000}])
def test_a_holds_key_with_another_body_is_refused(other: dict[str, Any]) -> None:
    user = user_with(40)
    body: dict[str, Any] = {
        "user_id": user.pk,
        "credits": 15,
        "key": "hold:1",
        "reference": "job_1",
    }
    ledger.place_hold(**body)
    with pytest.raises(KeyReused):
        ledger.place_hold(**{**body, **other})
    assert ledger.balance(user_id=user.pk) == Balance(available=25, held=15)


def test_entries_are_numbered_and_timed_in_order() -> None:
    user = user_with(40)
    ledger.release_hold(hold_id=hold_for(user, 15).pk)
    ledger.settle_hold(hold_id=hold_for(user, 15).pk, captures={fresh_key("job"): 5})
    entries = list(Entry.objects.filter(account__user=user).order_by("sequence"))
    assert [entry.sequence for entry in entries] == list(range(1, 7))
    assert [entry.created_at for entry in entries] == sorted(e.created_at for e in entries)
