"""The database refuses changes that the code must never make."""

from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, ProtectedError

from billing import ledger
from billing.models import Account, Entry, Hold
from tests.billing.factories import account_of, hold_for, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return account_of(user_with(10))


def test_an_entry_cannot_be_changed(account: Account) -> None:
    with pytest.raises(IntegrityError, match="append-only: UPDATE"), transaction.atomic():
        Entry.objects.update(reason="Other")


def test_an_entry_cannot_be_removed(account: Account) -> None:
    with pytest.raises(IntegrityError, match="append-only: DELETE"), transaction.atomic():
        Entry.objects.all().delete()


def test_the_entries_cannot_be_truncated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry ENABLE TRIGGER billing_entry_no_truncate")
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE"):
            cursor.execute("TRUNCATE billing_entry CASCADE")


@pytest.mark.parametrize("column", ["available", "held"])
def test_a_balance_cannot_be_negative(account: Account, column: str) -> None:
    with pytest.raises(IntegrityError, match=f"{column}_not_negative"), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(**{column: F(column) - 11})


def test_a_hold_cannot_be_closed_in_part() -> None:
    hold = hold_for(user_with(10), 10)
    with pytest.raises(IntegrityError, match="closed_in_full"), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(
            status="closed", captured=9, closed_at=hold.created_at
        )


@pytest.mark.parametrize(
    ("kind", "available", "held"),
    [
        ("grant", 0, 0),
        ("grant", -5, 0),
        ("grant", 5, 5),
        ("adjust", 0, 0),
        ("hold", -5, 4),
        ("hold", 5, -5),
        ("capture", -5, 0),
        ("capture", 0, 5),
        ("release", 5, -4),
        ("gift", 5, 0),
    ],
)
def test_an_entry_has_the_shape_of_its_kind(
    account: Account, kind: str, available: int, held: int
) -> None:
    hold = None if kind in {"grant", "adjust"} else hold_for(user_with(10), 10)
    with pytest.raises(IntegrityError, match="billing_entry_shape"), transaction.atomic():
        Entry.objects.create(
            account=account,
            sequence=2,
            kind=kind,
            key="k",
            delta_available=available,
            delta_held=held,
            available_after=10,
            held_after=10,
            hold=hold,
            reason="Test",
            created_at=account.created_at,
        )


def test_an_account_with_entries_cannot_be_removed(account: Account) -> None:
    with pytest.raises(ProtectedError):
        account.delete()


def test_removing_a_user_keeps_the_ledger_without_a_person() -> None:
    user = user_with(10)
    account = account_of(user)
    ledger.release_hold(hold_id=hold_for(user, 5).pk)
    user.delete()
    account.refresh_from_db()
    assert (account.user_id, account.available, account.entries.count()) == (None, 10, 3)


def test_the_triggers_can_be_migrated_back_and_forth(account: Account) -> None:
    migration = import_module("billing.migrations.0001_ledger")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.WRITABLE)
        Entry.objects.update(reason="Other")
        cursor.execute(migration.APPEND_ONLY)
    with pytest.raises(IntegrityError, match="append-only"):
        Entry.objects.update(reason="Another")
