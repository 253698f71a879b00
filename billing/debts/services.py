"""Reversal of credits that may have been spent already.

Available credits are taken; the rest becomes a debt, which later credits pay off. So a balance is
never negative, and nobody keeps credits whose money was returned.
"""

from datetime import datetime

from django.db import transaction

from billing import ledger, locks
from billing.models import Account, Debt


@transaction.atomic
def take_back(
    *, account_id: int, credits: int, key: str, reason: str, reference: str, now: datetime
) -> None:
    """Take `credits` from the account, or record what is missing as a debt. `key` must be new;
    `reference` is the order whose payment was reversed.
    """
    account = locks.account_by_id(account_id=account_id)
    there = min(account.available, credits)
    if there:
        ledger.correct(
            account_id=account.pk, credits=-there, key=key, reason=reason, reference=reference
        )
    if there < credits:
        Debt.objects.create(
            account=account,
            key=key,
            reason=reason,
            reference=reference,
            credits=credits - there,
            created_at=now,
        )


@transaction.atomic
def collect(*, user_id: int, now: datetime) -> int:
    """Pay debts, oldest first, from the available credits; returns the credits that were taken."""
    account = locks.account(user_id=user_id)
    return _collect(account, now) if account else 0


@transaction.atomic
def collect_from(*, account_id: int, now: datetime) -> int:
    """Like `collect`, for an account that may no longer have a user."""
    return _collect(locks.account_by_id(account_id=account_id), now)


def collect_all(*, now: datetime) -> int:
    """Collect from every account with debts and available credits; returns the credits taken."""
    owing = Debt.objects.filter(paid_at__isnull=True, account__available__gt=0)
    accounts = owing.values_list("account_id", flat=True).distinct()
    return sum(collect_from(account_id=account_id, now=now) for account_id in accounts)


def owed(*, user_id: int) -> int:
    """The credits that the user owes."""
    open_debts = Debt.objects.filter(account__user_id=user_id, paid_at__isnull=True)
    return sum(credits - paid for credits, paid in open_debts.values_list("credits", "paid"))


def _collect(account: Account, now: datetime) -> int:
    """Pay the debts of an account whose row the caller has locked."""
    left = account.available
    for debt in Debt.objects.filter(account=account, paid_at__isnull=True).order_by("pk"):
        part = min(left, debt.credits - debt.paid)
        if part:
            _pay(debt, part, now)
            left -= part
    return account.available - left


def _pay(debt: Debt, part: int, now: datetime) -> None:
    ledger.correct(
        account_id=debt.account_id,
        credits=-part,
        key=f"debt:{debt.pk}:{debt.paid}",
        reason=debt.reason,
        reference=debt.reference,
    )
    debt.paid += part
    debt.paid_at = now if debt.paid == debt.credits else None
    debt.save(update_fields=["paid", "paid_at"])
