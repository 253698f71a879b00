"""Celery tasks of billing."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from billing import reconcile
from billing.audit import audit
from billing.debts import services as debts
from billing.mails import credits, legacy
from billing.stripe.errors import PaymentsNotConfigured
from billing.webhooks import processor
from billing.webhooks.queue import WORK_PAYMENTS
from common.http.errors import ServiceUnavailable
from common.observability.metrics import counter

logger = logging.getLogger(__name__)

AUDITS = counter("ledger_audits_total", "Audits of the ledger", ["outcome"])
BREACHES = counter("ledger_breaches_total", "Breaches that audits of the ledger found", ["check"])


@shared_task(name="billing.tasks.audit_ledger")
def audit_ledger(**_: Any) -> None:
    """Audit the ledger and log every breach."""
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


@WORK_PAYMENTS.bind()
def work_payments(**_: Any) -> None:
    """Process the queued Stripe events."""
    processor.run()


@shared_task(name="billing.tasks.sweep_payments")
def sweep_payments(**_: Any) -> None:
    """Run the periodic work that no message triggers: lost messages, retries, debts, notices."""
    now = timezone.now()
    processor.run()
    processor.sweep(now=now)
    debts.collect_all(now=now)
    credits.notice_low(now=now)
    legacy.move()


@shared_task(name="billing.tasks.reconcile_payments")
def reconcile_payments(**_: Any) -> None:
    """Reconcile with Stripe hourly: undelivered events, ended grace periods, deleted users."""
    now = timezone.now()
    reconcile.purge(now=now)
    try:
        reconcile.reconcile(now=now)
        reconcile.expire_grace(now=now)
        reconcile.end_ownerless(now=now)
    except PaymentsNotConfigured:
        logger.info("payments are not configured; nothing to reconcile")
    except ServiceUnavailable:
        logger.warning("Stripe did not answer; the next run in an hour tries again")
