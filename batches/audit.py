"""Audit of batches: invariants 6 and 10 to 13, checked by the database itself."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from batches.audit_checks import CHECKS, COUNTED
from batches.models import Batch
from common import audit as audits
from common.observability.metrics import counter
from removal.errors import CALLERS_REASONS

logger = logging.getLogger(__name__)

AUDITS = counter("batch_audits_total", "Audits of the batches", ["outcome"])
# The sweeper runs every few seconds, so what is due must have happened by then.
OVERDUE = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Report(audits.Report):
    """The number of batches, and the findings."""

    batches: int


def audit(*, now: datetime) -> Report:
    """Check all batches, in one consistent snapshot."""
    callers = [str(code) for code in CALLERS_REASONS]
    values = {"overdue": now - OVERDUE, "callers": callers}
    found = audits.run(CHECKS, values, prelude=f"WITH counted AS ({COUNTED})")
    return Report(breaches=found.breaches, batches=Batch.objects.count())


def report(*, now: datetime) -> None:
    """Audit, count the outcome, and log each breach as an error."""
    found = audit(now=now)
    AUDITS.labels("sound" if found.ok else "broken").inc()
    for breach in found.breaches:
        logger.error("batch breach %s at %s: %s", breach.check, breach.subject, breach.detail)
    logger.info("batches audited: %d, %d breaches", found.batches, len(found.breaches))
