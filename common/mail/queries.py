"""Reads of the mail outbox, for operators and metrics."""

from collections.abc import Mapping

from django.db.models import Count

from common.mail.models import MailStatus, OutgoingMail
from common.observability import metrics


def waiting() -> Mapping[str, int]:
    """Number of unsent mails of each kind."""
    rows = OutgoingMail.objects.filter(status=MailStatus.WAITING).values("kind")
    return {row["kind"]: row["count"] for row in rows.annotate(count=Count("pk"))}


metrics.reading("mails_waiting", "E-mails that have not been sent yet", "kind", waiting)
