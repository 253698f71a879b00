"""Locks on accounts and holds; the only module that locks balances or changes them.

The order is always account → batch → job. A transaction that needs more than one takes the
account's lock first; a hold is locked under its account's. That order makes deadlocks between our
own transactions impossible.

Everything here needs READ COMMITTED, Postgres' default: a statement that waited for a lock must see
what the winner committed.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from billing.models import Account, Hold

_MOVE = """
    UPDATE billing_account
       SET available = available + %(available)s,
           held = held + %(held)s,
           sequence = sequence + %(entries)s
     WHERE {column} = %(owner)s
       AND available + %(available)s >= 0
       AND held + %(held)s >= 0
 RETURNING id, available, held, sequence, clock_timestamp()
"""
_MOVE_OF_USER = _MOVE.format(column="user_id")
_MOVE_OF_ACCOUNT = _MOVE.format(column="id")


@dataclass(frozen=True)
class Moved:
    """An account's row right after a movement; its lock is held until the transaction ends.

    `at` is the database's clock after the lock was acquired, so it rises with `sequence`.
    """

    account_id: int
    available: int
    held: int
    sequence: int
    at: datetime


def move_of_user(*, user_id: int, available: int, held: int, entries: int) -> Moved | None:
    """Change a user's balance and count `entries` more, or do nothing and return None.

    None means that there is no account, or that the balance would become negative.
    """
    return _move(_MOVE_OF_USER, user_id, available, held, entries)


def move_of_account(*, account_id: int, available: int, held: int, entries: int) -> Moved | None:
    """Like `move_of_user`, for an account that may no longer have a user."""
    return _move(_MOVE_OF_ACCOUNT, account_id, available, held, entries)


def open_account(*, user_id: int) -> None:
    """Ensure that the user has an account; concurrent calls are safe."""
    Account.objects.bulk_create([Account(user_id=user_id)], ignore_conflicts=True)


def account(*, user_id: int) -> Account | None:
    """Lock the user's account until the transaction ends; None when there is none."""
    return Account.objects.select_for_update(no_key=True).filter(user_id=user_id).first()


def account_by_id(*, account_id: int) -> Account:
    """Like `account`, for one that may no longer have a user. Raises `Account.DoesNotExist`."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def hold(*, hold_id: int) -> Hold:
    """Lock the hold's account, then the hold, until the transaction ends.

    Raises `Hold.DoesNotExist`.
    """
    account_id = Hold.objects.values_list("account_id", flat=True).get(pk=hold_id)
    Account.objects.select_for_update(no_key=True).only("pk").get(pk=account_id)
    return Hold.objects.select_for_update(no_key=True).get(pk=hold_id)


def _move(sql: str, owner: int, available: int, held: int, entries: int) -> Moved | None:
    values = {"owner": owner, "available": available, "held": held, "entries": entries}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return Moved(*row) if row else None
