"""Audit of the ledger: invariants 1 to 7 and 9, checked by the database itself.

The audit does not ask Stripe; `billing.reconcile` compares with Stripe's objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from billing.audit_checks import CHECKS, Check
from billing.models import Account
from common.http.errors import NotFound

OPEN_HOURS = 24
LISTED = 50

_ONE = """
    (SELECT {number} AS number, found.account_id, found.subject, found.detail,
            count(*) OVER () AS total
       FROM ({sql}) found
      ORDER BY found.account_id, found.subject
      LIMIT {limit})
"""
_ALL = """
    SELECT found.number, coalesce(account.public_id, ''), found.subject, found.detail, found.total
      FROM ({checks}) found
      LEFT JOIN billing_account account ON account.id = found.account_id
     ORDER BY found.number, found.account_id, found.subject
"""
_SIZE = """
    SELECT (SELECT count(*) FROM billing_account WHERE {account}),
           (SELECT count(*) FROM billing_entry WHERE {owned}),
           (SELECT count(*) FROM billing_hold WHERE {owned})
"""


@dataclass(frozen=True)
class Finding:
    """One breach or warning: the check, the account, the subject and the detail.

    `total` counts all findings of the check, of which at most `LISTED` are listed.
    """

    check: str
    account: str
    subject: str
    detail: str
    total: int


@dataclass(frozen=True)
class Report:
    """The number of rows examined, and the findings."""

    accounts: int
    entries: int
    holds: int
    breaches: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.breaches


def audit(*, now: datetime, account: str | None = None, open_hours: float = OPEN_HOURS) -> Report:
    """Check the whole ledger, or the account with this public id, in one consistent snapshot.

    Holds open for longer than `open_hours` are warnings. Raises `NotFound` for an unknown account.
    """
    account_id = _account_id(account)
    values = {"account": account_id, "open_before": now - timedelta(hours=open_hours)}
    found = list(_findings(values))
    return Report(
        *_size(values),
        breaches=tuple(finding for check, finding in found if not check.warning),
        warnings=tuple(finding for check, finding in found if check.warning),
    )


def _account_id(public_id: str | None) -> int | None:
    if public_id is None:
        return None
    found = Account.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(f"There is no account {public_id}")
    return found


def _findings(values: dict[str, Any]) -> Iterator[tuple[Check, Finding]]:
    # One statement sees one snapshot, so other transactions may write meanwhile.
    checks = " UNION ALL ".join(
        _ONE.format(number=number, sql=check.sql, limit=LISTED)
        for number, check in enumerate(CHECKS)
    )
    with transaction.atomic():
        # Compiling a statement of this length takes Postgres longer than running it, so the JIT is
        # off, and its sorts get more memory.
        _run("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        found = _rows(_ALL.format(checks=checks), values)
    for number, *cells in found:
        yield CHECKS[number], Finding(CHECKS[number].name, *cells)


def _size(values: dict[str, Any]) -> tuple[int, int, int]:
    one = values["account"] is not None
    sql = _SIZE.format(
        account="id = %(account)s" if one else "true",
        owned="account_id = %(account)s" if one else "true",
    )
    [(accounts, entries, holds)] = _rows(sql, values)
    return accounts, entries, holds


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
