"""What beat and the queue call."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from billing.audit import audit
from common.metrics import counter

logger = logging.getLogger(__name__)

AUDITS = counter("ledger_audits_total", "Audits of the ledger", ["outcome"])
BREACHES = counter("ledger_breaches_total", "Breaches that audits of the ledger found", ["check"])


@shared_task(name="billing.tasks.audit_ledger")
def audit_ledger(**_: Any) -> None:
    """Say so loudly when the ledger has drifted."""
    report = audit(now=timezone.now())
    AUDITS.labels("sound" if report.ok else "broken").inc()
    for finding in report.breaches:
        BREACHES.labels(finding.check).inc()
        logger.error(
            "ledger breach %s at %s: %s",
            finding.check,
            finding.subject,
            finding.detail,
            extra={"check": finding.check, "account": finding.account},
        )
    for finding in report.warnings:
        logger.warning("ledger: %s at %s: %s", finding.check, finding.subject, finding.detail)
    logger.info("ledger audited: %d entries, %d breaches", report.entries, len(report.breaches))
