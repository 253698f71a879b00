"""Closing a hold: once, in full, and no image twice."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import ledger, pricing
from billing.errors import AlreadyCaptured, AlreadySettled
from billing.ledger import Balance
from billing.models import Entry, Hold
from tests.billing.factories import fresh_key, hold_for, user_with

pytestmark = pytest.mark.django_db


def test_captures_are_charged_and_the_rest_is_released() -> None:
    user = user_with(100)
    hold = hold_for(user, 30, "batch_1")
    closed = ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10, "img_2": 5})
    assert (closed.captured, closed.released, closed.status) == (15, 15, "closed")
    assert ledger.balance(user_id=user.pk) == Balance(available=85, held=0)


def test_each_capture_is_an_entry_with_the_balance_it_leaves() -> None:
    hold = hold_for(user_with(100), 30, "batch_1")
    ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10, "img_2": 5})
    rows = hold.entries.order_by("sequence").values_list(
        "kind", "key", "delta_available", "delta_held", "available_after", "held_after"
    )
    assert list(rows) == [
        ("hold", hold.key, -30, 30, 70, 30),
        ("capture", "img_1", 0, -10, 70, 20),
        ("capture", "img_2", 0, -5, 70, 15),
        ("release", hold.key, 15, -15, 85, 0),
    ]


def test_a_hold_charged_in_full_releases_nothing() -> None:
    user = user_with(15)
    hold = hold_for(user, 15)
    closed = ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 15})
    assert (closed.captured, closed.released) == (15, 0)
    assert not hold.entries.filter(kind="release").exists()
    assert ledger.balance(user_id=user.pk) == Balance(available=0, held=0)


def test_releasing_gives_everything_back() -> None:
    user = user_with(15)
    closed = ledger.release_hold(hold_id=hold_for(user, 15).pk)
    assert (closed.captured, closed.released) == (0, 15)
    assert ledger.balance(user_id=user.pk) == Balance(available=15, held=0)


def test_the_time_of_closing_is_the_callers() -> None:
    then = datetime(2025, 1, 15, 10, tzinfo=UTC)
    hold = ledger.release_hold(hold_id=hold_for(user_with(5), 5).pk, now=then)
    hold.refresh_from_db()
    assert hold.closed_at == then


def test_the_same_settlement_again_changes_nothing() -> None:
    user = user_with(30)
    hold = hold_for(user, 30)
    first = ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10, "img_2": 5})
    again = ledger.settle_hold(hold_id=hold.pk, captures={"img_2": 5, "img_1": 10})
    assert (again.pk, again.closed_at, again.captured) == (hold.pk, first.closed_at, 15)
    assert ledger.balance(user_id=user.pk) == Balance(available=15, held=0)


@pytest.mark.parametrize("other", [{}, {"img_1": 11}, {"img_2": 10}, {"img_1": 10, "img_2": 1}])
def test_another_settlement_of_a_closed_hold_is_refused(other: dict[str, int]) -> None:
    hold = hold_for(user_with(30), 30)
    ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10})
    with pytest.raises(AlreadySettled) as caught:
        ledger.settle_hold(hold_id=hold.pk, captures=other)
    assert (caught.value.status, caught.value.details) == (409, {"captured": 10, "released": 20})


def test_a_released_hold_cannot_be_charged_any_more() -> None:
    user = user_with(30)
    hold = ledger.release_hold(hold_id=hold_for(user, 30).pk)
    with pytest.raises(AlreadySettled):
        ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10})
    assert ledger.balance(user_id=user.pk).available == 30


def test_an_image_is_charged_once_whatever_hold_it_is_under() -> None:
    user = user_with(60)
    first, second = hold_for(user, 30), hold_for(user, 30)
    ledger.settle_hold(hold_id=first.pk, captures={"img_1": 10})
    with pytest.raises(AlreadyCaptured) as caught:
        ledger.settle_hold(hold_id=second.pk, captures={"img_2": 10, "img_1": 10})
    assert caught.value.details == {"images": ["img_1"]}
    second.refresh_from_db()
    assert second.status == "open"
    assert ledger.balance(user_id=user.pk) == Balance(available=20, held=30)


def test_a_failed_image_may_be_charged_when_a_retry_works() -> None:
    user = user_with(60)
    ledger.settle_hold(hold_id=hold_for(user, 30).pk, captures={"img_1": 10})
    ledger.settle_hold(hold_id=hold_for(user, 20).pk, captures={"img_2": 20})
    assert ledger.balance(user_id=user.pk) == Balance(available=30, held=0)


@pytest.mark.parametrize("captures", [{"img_1": 31}, {"img_1": 16, "img_2": 15}])
def test_more_than_is_held_cannot_be_charged(captures: dict[str, int]) -> None:
    user = user_with(60)
    hold = hold_for(user, 30)
    with pytest.raises(ValueError, match="31 credits captured out of 30 held"):
        ledger.settle_hold(hold_id=hold.pk, captures=captures)
    assert ledger.balance(user_id=user.pk) == Balance(available=30, held=30)


@pytest.mark.parametrize("credits", [0, -5])
def test_a_capture_is_positive(credits: int) -> None:
    hold = hold_for(user_with(30), 30)
    with pytest.raises(ValueError, match="at least 1 credit"):
        ledger.settle_hold(hold_id=hold.pk, captures={"img_1": credits})


def test_an_unknown_hold_is_an_error() -> None:
    with pytest.raises(Hold.DoesNotExist):
        ledger.release_hold(hold_id=123456)


def test_a_hold_outlives_its_user() -> None:
    user = user_with(30)
    hold = hold_for(user, 30)
    user.delete()
    closed = ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10})
    assert (closed.account.user_id, closed.account.available, closed.account.held) == (None, 20, 0)


def test_a_batch_of_500_settles_in_a_handful_of_statements() -> None:
    price = pricing.quote(image_count=500, tier="standard")
    parts = pricing.shares(count=500, total=price.final_total)
    hold = hold_for(user_with(price.final_total), price.final_total, "batch_1")
    captures = {fresh_key("img"): part for part in parts[:493]}
    with CaptureQueriesContext(
        connection,
    ) as spent:
        closed = ledger.settle_hold(hold_id=hold.pk, captures=captures)
    assert closed.captured == sum(parts[:493])
    assert Entry.objects.filter(hold=hold, kind="capture").count() == 493
    assert len(spent) <= 9
