"""Spending caps: counting of credits by day and API key, and the refusal of what exceeds a cap.

The ledger counts a hold in the transaction that places it, while it has the account's lock. So
holds of one account are counted one after another, and a cap is never exceeded. The day is the UTC
day of the database's clock. Removals that a subscription pays for have no hold and do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F

from billing import locks
from billing.errors import SpendingCapReached
from billing.models import Account, CapPeriod, Spending, SpendingCap
from common.http.errors import InsufficientPermissions

# The largest cap; more credits than any account will have.
MAX_CAP = 1_000_000_000
# The cap of the whole account is that of no key.
OF_ACCOUNT = ""

_COUNT = """
    INSERT INTO billing_spending AS spent (account_id, day, api_key, credits)
    VALUES (%(account)s, (%(at)s AT TIME ZONE 'UTC')::date, %(api_key)s, %(credits)s)
        ON CONFLICT (account_id, day, api_key)
        DO UPDATE SET credits = spent.credits + excluded.credits
 RETURNING id
"""
_STATES = """
    SELECT cap.api_key, cap.period, cap.credits,
           coalesce((SELECT sum(spent.credits) FROM billing_spending spent
                      WHERE spent.account_id = cap.account_id
                        AND spent.day >= period.begins::date AND spent.day < period.ends::date
                        AND (cap.api_key = '' OR spent.api_key = cap.api_key)), 0)::bigint,
           period.ends
      FROM billing_spendingcap cap
     CROSS JOIN LATERAL (
           SELECT date_trunc(cap.period, coalesce(%(at)s, clock_timestamp()) AT TIME ZONE 'UTC')
       ) today (begins)
     CROSS JOIN LATERAL (
           SELECT today.begins, today.begins + ('1 ' || cap.period)::interval
       ) period (begins, ends)
     WHERE cap.account_id = %(account)s
"""
_STATES_OF_KEY = f"{_STATES} AND cap.api_key IN ('', %(api_key)s)"


@dataclass(frozen=True)
class Cap:
    """The most that may be spent in a UTC day or month, in credits."""

    credits: int
    period: CapPeriod


@dataclass(frozen=True)
class CapState:
    """A cap, and how much of it is spent now; `resets_at` is when its period ends."""

    api_key: str
    cap: Cap
    spent: int
    resets_at: datetime


def count(*, account_id: int, api_key: str, credits: int, at: datetime) -> int:
    """Count a hold that is being placed; returns the row that counts it.

    The caller has the account's lock. Raises `SpendingCapReached` (402); its transaction must then
    be rolled back.
    """
    values: dict[str, Any] = {"account": account_id, "api_key": api_key, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {**values, "credits": credits})
        [counted] = cursor.fetchone()
    for state in _states(_STATES_OF_KEY, values):
        if state.spent > state.cap.credits:
            raise _reached(state, spent=state.spent - credits, required=credits)
    return int(counted)


def give_back(*, spending_id: int, credits: int) -> None:
    """Take released credits off the day on which their hold was placed."""
    Spending.objects.filter(pk=spending_id).update(credits=F("credits") - credits)


def check(*, user_id: int, api_key: str, credits: int) -> None:
    """Raise `SpendingCapReached` (402) if a hold of so many credits would be refused now."""
    for state in _states(_STATES_OF_KEY, _of_user(user_id, api_key)):
        if state.spent + credits > state.cap.credits:
            raise _reached(state, spent=state.spent, required=credits)


def states(*, user_id: int) -> dict[str, CapState]:
    """All caps of a user by API key; that of the account is under `OF_ACCOUNT`."""
    return {state.api_key: state for state in _states(_STATES, _of_user(user_id))}


def refuse_capped(*, user_id: int, api_key: str) -> None:
    """Raise `InsufficientPermissions` (403) for an API key that has a cap: it could raise its own,
    or make another key without one.
    """
    capped = SpendingCap.objects.filter(account__user_id=user_id, api_key=api_key)
    if api_key and capped.exists():
        raise InsufficientPermissions(
            "This API key has a spending cap, so it cannot change API keys or spending caps; log "
            "in, or use a key without a cap"
        )


def set_cap(*, user_id: int, cap: Cap | None, api_key: str = OF_ACCOUNT) -> None:
    """Set the cap of an API key or of the account; None removes it.

    What was spent in the period before counts. A cap below that refuses whatever comes next.
    """
    if cap is None:
        SpendingCap.objects.filter(account__user_id=user_id, api_key=api_key).delete()
        return
    locks.open_account(user_id=user_id)
    account = Account.objects.get(user_id=user_id)
    SpendingCap.objects.update_or_create(
        account=account,
        api_key=api_key,
        defaults={"credits": cap.credits, "period": cap.period},
    )


def _of_user(user_id: int, api_key: str = OF_ACCOUNT) -> dict[str, Any]:
    account_id = Account.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
    return {"account": account_id, "api_key": api_key, "at": None}


def _states(sql: str, values: dict[str, Any]) -> Sequence[CapState]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return [
        CapState(api_key, Cap(credits, CapPeriod(period)), spent, ends.replace(tzinfo=UTC))
        for api_key, period, credits, spent, ends in rows
    ]


def _reached(state: CapState, *, spent: int, required: int) -> SpendingCapReached:
    return SpendingCapReached(
        api_key=state.api_key,
        credits=state.cap.credits,
        period=state.cap.period,
        spent=spent,
        required=required,
        resets_at=state.resets_at,
    )
