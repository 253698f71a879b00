"""Operators' adjustments of credits: ledger, debts and audit log in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from billing import ledger, locks, queries
from billing.debts import services as debts
from billing.errors import InsufficientCredits
from billing.ledger import Balance
from common.operators import audit_log
from common.users import UserRef

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from billing.models import Entry


@dataclass(frozen=True)
class Adjusted:
    """The ledger entry, and the balance and debts after it."""

    entry: "Entry"
    balance: Balance


@transaction.atomic
def adjust(
    *,
    operator: UserRef,
    user: "AbstractBaseUser",
    credits: int,
    reason: str,
    key: str,
    now: datetime,
) -> Adjusted:
    """Give credits to a user (positive) or take some (negative), once per `key` and operator.

    Debts are paid from credits that are given. The same key again changes nothing and returns the
    first entry. Raises InsufficientCredits (402) when more is taken than is available, and
    KeyReused (409).
    """
    key = f"operator:{operator.public_id}:{key}"
    # Under the lock, a concurrent request with the same key has either committed or waits.
    locks.open_account(user_id=user.pk)
    locks.account(user_id=user.pk)
    repeated = queries.was_adjusted(key=key)
    entry = _write(user.pk, credits, key, reason, operator.pk)
    debts.collect(user_id=user.pk, now=now)
    after = ledger.balance(user_id=user.pk)
    if not repeated:
        audit_log.record(
            operator=operator,
            action="credits.adjust",
            target=user,
            before={"available": entry.available_after - credits},
            after={"available": after.available, "credits": credits, "entry": entry.public_id},
            reason=reason,
        )
    return Adjusted(entry, after)


def _write(user_id: int, credits: int, key: str, reason: str, actor_id: int) -> "Entry":
    try:
        return ledger.adjust(
            user_id=user_id, credits=credits, key=key, reason=reason, actor_id=actor_id
        )
    except InsufficientCredits as error:
        raise InsufficientCredits(
            f"{error.required} credits cannot be taken; the user has {error.available} available",
            required=error.required,
            available=error.available,
        ) from None
