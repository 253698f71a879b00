"""Operators give credits to a user, or take some, for a reason that stays on record."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.db import transaction

from accounts import queries as accounts
from billing import ledger
from billing import queries as entries
from billing.debts import services as debts
from billing.errors import InsufficientCredits
from billing.ledger import Balance
from common import oplog
from common.errors import NotFound

if TYPE_CHECKING:
    from billing.models import Entry


class Operator(Protocol):
    @property
    def pk(self) -> int: ...

    @property
    def public_id(self) -> str: ...


@dataclass(frozen=True)
class Change:
    """What was done (credits, positive to give), and what it left."""

    entry_id: str
    user_id: str
    credits: int
    reason: str
    balance: Balance
    at: datetime


def change(
    *, operator: Operator, user_id: str, credits: int, reason: str, key: str, now: datetime
) -> Change:
    """Adjust a user's credits. The same key again changes nothing and gives the first result.

    What the user owes is paid from what is given. Raises NotFound (404) for an unknown user,
    InsufficientCredits (402) when more is taken than is there, and KeyReused (409).
    """
    user = accounts.anybody(user_id)
    if user is None:
        raise NotFound("There is no such user", details={"userId": user_id[:64]})
    key = f"operator:{operator.public_id}:{key}"
    with transaction.atomic():
        repeated = entries.was_adjusted(key=key)
        before = ledger.balance(user_id=user.pk)
        entry = _adjust(user.pk, credits, key, reason, operator.pk)
        debts.collect(user_id=user.pk, now=now)
        after = ledger.balance(user_id=user.pk)
        if not repeated:
            oplog.record(
                operator=operator,
                action="credits.adjust",
                target=user,
                before={"available": before.available},
                after={"available": after.available, "credits": credits, "entry": entry.public_id},
                reason=reason,
            )
    return Change(entry.public_id, user.public_id, credits, reason, after, entry.created_at)


def _adjust(user_id: int, credits: int, key: str, reason: str, actor_id: int) -> "Entry":
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
