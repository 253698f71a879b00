"""Audit of the ledger: invariants 1 to 7 and 9, checked by the database itself.

The audit does not ask Stripe; `billing.reconcile` compares with Stripe's objects.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from billing.audit_checks import CHECKS
from billing.models import Account
from common import audit as audits
from common.http.errors import NotFound

OPEN_HOURS = 24

_SIZE = """
    SELECT (SELECT count(*) FROM billing_account WHERE {account}),
           (SELECT count(*) FROM billing_entry WHERE {owned}),
           (SELECT count(*) FROM billing_hold WHERE {owned})
"""


@dataclass(frozen=True, kw_only=True)
class Report(audits.Report):
    """The number of rows examined, and the findings."""

    accounts: int
    entries: int
    holds: int


def audit(*, now: datetime, account: str | None = None, open_hours: float = OPEN_HOURS) -> Report:
    """Check the whole ledger, or the account with this public id, in one consistent snapshot.

    Holds open for longer than `open_hours` are warnings. Raises `NotFound` for an unknown account.
    """
    account_id = _account_id(account)
    values = {"account": account_id, "open_before": now - timedelta(hours=open_hours)}
    found = audits.run(
        CHECKS,
        values,
        account="coalesce(account.public_id, '')",
        join="LEFT JOIN billing_account account ON account.id = found.account_id",
    )
    accounts, entries, holds = _size(account_id)
    return Report(
        breaches=found.breaches,
        warnings=found.warnings,
        accounts=accounts,
        entries=entries,
        holds=holds,
    )


def _account_id(public_id: str | None) -> int | None:
    if public_id is None:
        return None
    found = Account.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(f"There is no account {public_id}")
    return found


def _size(account_id: int | None) -> tuple[int, int, int]:
    one = account_id is not None
    sql = _SIZE.format(
        account="id = %(account)s" if one else "true",
        owned="account_id = %(account)s" if one else "true",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": account_id})
        [(accounts, entries, holds)] = cursor.fetchall()
    return accounts, entries, holds
