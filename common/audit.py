"""Audits by SELECT statements: a check, a finding, a report, and the one statement that runs them.

Each check selects the rows that break an invariant. An audit reads tables by SQL on purpose: one
that went through the code that it checks would share its mistakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

LISTED = 50

_ONE = """
    (SELECT {number} AS number, found.*, count(*) OVER () AS total
       FROM ({sql}) found
      ORDER BY found.subject
      LIMIT {limit})
"""
_ALL = """
    {prelude}
    SELECT found.number, {account}, found.subject, found.detail, found.total
      FROM ({checks}) found {join}
     ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Check:
    """One SELECT of `subject` (the row that breaks the invariant) and `detail` (how it does).

    Findings of a check with `warning` are reported and do not make the audit fail.
    """

    name: str
    sql: str
    warning: bool = False


@dataclass(frozen=True)
class Finding:
    """One breach or warning: the check, the account if it is known, the subject and the detail.

    `total` counts all findings of the check, of which at most `LISTED` are listed.
    """

    check: str
    account: str
    subject: str
    detail: str
    total: int

    def line(self, label: str) -> str:
        more = f" (one of {self.total})" if self.total > LISTED else ""
        owner = f" of {self.account}" if self.account not in {"", self.subject} else ""
        return f"{label} {self.check}: {self.subject}{owner}: {self.detail}{more}"


@dataclass(frozen=True, kw_only=True)
class Report:
    breaches: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.breaches

    def lines(self) -> list[str]:
        breaches = [finding.line("BREACH") for finding in self.breaches]
        return breaches + [finding.line("warning") for finding in self.warnings]


def run(
    checks: Sequence[Check],
    values: dict[str, Any],
    *,
    prelude: str = "",
    account: str = "''",
    join: str = "",
) -> Report:
    """Run all checks in one statement, which sees one snapshot while other transactions write.

    `prelude` is a WITH clause that the checks may use; `account` and `join` name the account of a
    finding.
    """
    selects = " UNION ALL ".join(
        _ONE.format(number=number, sql=check.sql, limit=LISTED)
        for number, check in enumerate(checks)
    )
    statement = _ALL.format(prelude=prelude, account=account, checks=selects, join=join)
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling a statement of this length takes Postgres longer than running it, so the JIT is
        # off, and its sorts get more memory.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    found = [(checks[number], Finding(checks[number].name, *cells)) for number, *cells in rows]
    return Report(
        breaches=tuple(finding for check, finding in found if not check.warning),
        warnings=tuple(finding for check, finding in found if check.warning),
    )
