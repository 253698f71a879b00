"""Operators' adjustments of a user's credits, each with a reason on record."""

from dataclasses import dataclass
from datetime import datetime

from accounts import queries as accounts
from billing import adjustments
from billing.ledger import Balance
from common.http.errors import NotFound
from common.users import UserRef


@dataclass(frozen=True)
class Change:
    """An adjustment (credits, positive to give) and the balance after it."""

    entry_id: str
    user_id: str
    credits: int
    reason: str
    balance: Balance
    at: datetime


def change(
    *, operator: UserRef, user_id: str, credits: int, reason: str, key: str, now: datetime
) -> Change:
    """Adjust a user's credits, with the arguments and errors of `billing.adjustments.adjust`.

    Raises NotFound (404) for an unknown user.
    """
    user = accounts.anybody(user_id)
    if user is None:
        raise NotFound("There is no such user", details={"userId": user_id[:64]})
    done = adjustments.adjust(
        operator=operator, user=user, credits=credits, reason=reason, key=key, now=now
    )
    entry = done.entry
    return Change(entry.public_id, user.public_id, credits, reason, done.balance, entry.created_at)
