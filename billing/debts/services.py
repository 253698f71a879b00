"""Taking credits back that may have been spent already.

What is available is taken; the rest becomes a debt, which later credits pay off. So a balance is
never negative, and nobody keeps credits whose money was returned.
"""

from datetime import datetime

from django.db import transaction

from billing import ledger, locks
from billing.models import Debt


@transaction.atomic
def take_back(*, user_id: int, credits: int, key: str, reason: str, now: datetime) -> None:
    """Take `credits` from the user, or note what is missing. `key` must be new."""
    locks.open_account(user_id=user_id)
    account = locks.account(user_id=user_id)
    if account is None:
        raise RuntimeError(f"user {user_id} has no account")
    there = min(account.available, credits)
    if there:
        ledger.adjust(user_id=user_id, credits=-there, key=key, reason=reason, actor_id=None)
    if there < credits:
        Debt.objects.create(
            account=account, key=key, reason=reason, credits=credits - there, created_at=now
        )


@transaction.atomic
def collect(*, user_id: int, now: datetime) -> int:
    """Pay debts, oldest first, out of what is available; returns the credits that were taken."""
    account = locks.account(user_id=user_id)
    if account is None:
        return 0
    left = account.available
    for debt in Debt.objects.filter(account=account, paid_at__isnull=True).order_by("pk"):
        part = min(left, debt.credits - debt.paid)
        if part:
            _pay(debt, part, user_id, now)
            left -= part
    return account.available - left


def collect_all(*, now: datetime) -> int:
    """Collect from everyone who owes and has something; returns the credits that were taken."""
    owing = Debt.objects.filter(
        paid_at__isnull=True, account__available__gt=0, account__user__isnull=False
    )
    users = owing.values_list("account__user_id", flat=True).distinct()
    return sum(collect(user_id=user_id, now=now) for user_id in users if user_id)


def owed(*, user_id: int) -> int:
    """Credits that the user owes."""
    open_debts = Debt.objects.filter(account__user_id=user_id, paid_at__isnull=True)
    return sum(credits - paid for credits, paid in open_debts.values_list("credits", "paid"))


def _pay(debt: Debt, part: int, user_id: int, now: datetime) -> None:
    ledger.adjust(
        user_id=user_id,
        credits=-part,
        key=f"debt:{debt.pk}:{debt.paid}",
        reason=debt.reason,
        actor_id=None,
    )
    debt.paid += part
    debt.paid_at = now if debt.paid == debt.credits else None
    debt.save(update_fields=["paid", "paid_at"])
