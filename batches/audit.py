"""Audit of batches: invariants 6 and 10 to 13, checked by the database itself."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from batches.audit_checks import CHECKS, COUNTED
from batches.models import Batch
from common.observability.metrics import counter
from removal.errors import CALLERS_REASONS

logger = logging.getLogger(__name__)

AUDITS = counter("batch_audits_total", "Audits of the batches", ["outcome"])
LISTED = 50
_ONE = """
    (SELECT '{name}', found.subject, found.detail
       FROM ({sql}) found ORDER BY found.subject LIMIT {limit})
"""
# The sweeper comes by every few seconds.
OVERDUE = timedelta(minutes=15)


@dataclass(frozen=True)
class Finding:
    """One breach: which check, which batch, and how it is wrong."""

    check: str
    subject: str
    detail: str


@dataclass(frozen=True)
class Report:
    """Result of an audit: the number of batches, and at most `LISTED` findings of each check."""

    batches: int
    breaches: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.breaches


def audit(*, now: datetime) -> Report:
    """Check all batches, in one consistent snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        # One statement sees one snapshot, so batches may go on moving meanwhile.
        callers = [str(code) for code in CALLERS_REASONS]
        cursor.execute(_statement(), {"overdue": now - OVERDUE, "callers": callers})
        findings = tuple(Finding(*row) for row in cursor.fetchall())
    return Report(batches=Batch.objects.count(), breaches=findings)


def report(*, now: datetime) -> None:
    """Audit, and say so loudly when something does not add up."""
    found = audit(now=now)
    AUDITS.labels("sound" if found.ok else "broken").inc()
    for breach in found.breaches:
        logger.error("batch breach %s at %s: %s", breach.check, breach.subject, breach.detail)
    logger.info("batches audited: %d, %d breaches", found.batches, len(found.breaches))


def _statement() -> str:
    checks = " UNION ALL ".join(
        _ONE.format(name=check.name, sql=check.sql, limit=LISTED) for check in CHECKS
    )
    return f"WITH counted AS ({COUNTED}) {checks}"
