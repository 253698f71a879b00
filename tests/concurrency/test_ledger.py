"""Many hands on the same money, each on a connection of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections, transaction
from django.utils import timezone

from billing import ledger
from billing.audit import audit
from billing.errors import InsufficientCredits
from billing.ledger import Balance
from billing.models import Account, Entry, Hold
from tests.accounts.factories import UserFactory
from tests.billing.factories import hold_for, user_with

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _sound() -> Iterator[None]:
    yield
    assert audit(now=timezone.now()).breaches == ()


def at_once(count: int, work: Callable[[int], T]) -> list[T | BaseException]:
    """Results or errors of `count` threads that start together; each has its own connection."""
    start = Barrier(count)

    def one(number: int) -> T | BaseException:
        try:
            connections["default"].ensure_connection()
            start.wait()
            return work(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def kinds(outcomes: list[T | BaseException]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def test_200_parallel_debits_on_a_balance_of_100() -> None:
    user = user_with(100)
    outcomes = at_once(
        200,
        lambda n: ledger.place_hold(user_id=user.pk, credits=1, key=f"k{n}", reference="job"),
    )
    assert kinds(outcomes) == {"Hold": 100, "InsufficientCredits": 100}
    assert ledger.balance(user_id=user.pk) == Balance(available=0, held=100)


def test_no_debit_is_refused_while_there_is_enough() -> None:
    user = user_with(100)
    outcomes = at_once(
        50, lambda n: ledger.place_hold(user_id=user.pk, credits=2, key=f"k{n}", reference="job")
    )
    assert kinds(outcomes) == {"Hold": 50}


def test_the_same_hold_from_many_threads_is_one_hold() -> None:
    user = user_with(20)
    outcomes = at_once(
        40, lambda _: ledger.place_hold(user_id=user.pk, credits=15, key="k", reference="job").pk
    )
    assert len(set(outcomes)) == 1
    assert ledger.balance(user_id=user.pk) == Balance(available=5, held=15)


def test_the_same_key_with_many_bodies_has_one_winner() -> None:
    user = user_with(1000)
    outcomes = at_once(
        20,
        lambda n: ledger.place_hold(user_id=user.pk, credits=n + 1, key="k", reference="job"),
    )
    assert kinds(outcomes) == {"Hold": 1, "KeyReused": 19}


def test_one_payment_announced_many_times_grants_once() -> None:
    user = UserFactory()
    outcomes = at_once(
        40,
        lambda _: ledger.grant(user_id=user.pk, credits=9, key="payment:1", reason="Pack").pk,
    )
    assert len(set(outcomes)) == 1
    assert ledger.balance(user_id=user.pk).available == 9


def test_one_key_used_by_many_users_at_once_has_one_winner() -> None:
    users = [user_with(5) for _ in range(20)]
    outcomes = at_once(
        20,
        lambda n: ledger.grant(user_id=users[n].pk, credits=9, key="payment:1", reason="Pack"),
    )
    assert kinds(outcomes) == {"Entry": 1, "KeyReused": 19}


def test_an_account_is_opened_once() -> None:
    user = UserFactory()
    at_once(40, lambda n: ledger.grant(user_id=user.pk, credits=1, key=f"k{n}", reason="Test"))
    assert Account.objects.filter(user=user).count() == 1
    assert ledger.balance(user_id=user.pk).available == 40


def test_one_hold_settled_by_many_is_charged_once() -> None:
    user = user_with(30)
    hold = hold_for(user, 30)
    outcomes = at_once(
        40, lambda _: ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 10, "img_2": 5}).pk
    )
    assert set(outcomes) == {hold.pk}
    assert ledger.balance(user_id=user.pk) == Balance(available=15, held=0)
    assert Entry.objects.filter(hold=hold).count() == 4


def test_a_hold_is_either_captured_or_released() -> None:
    user = user_with(30)
    hold = hold_for(user, 30)
    outcomes = at_once(
        40,
        lambda n: ledger.settle_hold(hold_id=hold.pk, captures={"img_1": 30} if n % 2 else {}),
    )
    assert kinds(outcomes) == {"Hold": 20, "AlreadySettled": 20}
    hold.refresh_from_db()
    assert ledger.balance(user_id=user.pk) == Balance(available=hold.released, held=0)


def test_one_image_under_many_holds_is_charged_once() -> None:
    user = user_with(200)
    holds = [hold_for(user, 10) for _ in range(20)]
    outcomes = at_once(
        20, lambda n: ledger.settle_hold(hold_id=holds[n].pk, captures={"img_1": 10})
    )
    assert kinds(outcomes) == {"Hold": 1, "AlreadyCaptured": 19}
    assert ledger.balance(user_id=user.pk) == Balance(available=0, held=190)


def test_one_image_of_many_users_is_charged_once() -> None:
    holds = [hold_for(user_with(10), 10) for _ in range(20)]
    outcomes = at_once(
        20, lambda n: ledger.settle_hold(hold_id=holds[n].pk, captures={"img_1": 10})
    )
    assert kinds(outcomes) == {"Hold": 1, "AlreadyCaptured": 19}


def test_credits_released_a_moment_ago_can_be_held() -> None:
    user = user_with(10)
    hold = hold_for(user, 10)

    def swap(number: int) -> str:
        if number == 0:
            return ledger.release_hold(hold_id=hold.pk).status
        with suppress(InsufficientCredits):
            return str(hold_for(user, 10).status)
        return "refused"

    assert Counter(at_once(20, swap)) in (
        {"closed": 1, "refused": 19},
        {"closed": 1, "open": 1, "refused": 18},
    )


def test_two_accounts_worked_on_crosswise_do_not_deadlock() -> None:
    """One operation a transaction: the order of accounts then cannot matter."""
    users = [user_with(1000), user_with(1000)]

    def work(number: int) -> None:
        for step in range(5):
            user = users[(number + step) % 2]
            hold = ledger.place_hold(
                user_id=user.pk, credits=3, key=f"k{number}.{step}", reference="job"
            )
            ledger.settle_hold(hold_id=hold.pk, captures={f"img{number}.{step}": 2})

    assert at_once(20, work) == [None] * 20
    assert sum(ledger.balance(user_id=user.pk).available for user in users) == 1800


def test_settling_and_holding_in_one_transaction_do_not_deadlock() -> None:
    """Two of the same account's holds are closed in either order, with a new hold in between."""
    user = user_with(10_000)
    holds = [hold_for(user, 5) for _ in range(40)]

    def work(number: int) -> None:
        pair = [holds[2 * number], holds[2 * number + 1]]
        with transaction.atomic():
            for hold in pair if number % 2 else reversed(pair):
                ledger.release_hold(hold_id=hold.pk)
                ledger.place_hold(user_id=user.pk, credits=1, key=f"k{hold.pk}", reference="job")

    assert at_once(20, work) == [None] * 20
    assert ledger.balance(user_id=user.pk) == Balance(available=9960, held=40)


def test_a_rolled_back_caller_leaves_no_trace() -> None:
    user = user_with(10)
    with transaction.atomic():
        hold_for(user, 10)
        transaction.set_rollback(True)
    assert ledger.balance(user_id=user.pk) == Balance(available=10, held=0)
    assert not Hold.objects.exists()
