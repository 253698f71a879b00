"""Reads of deliveries, scoped to one user."""

from django.db.models import QuerySet

from integrations.webhooks.models import Delivery


def owned(*, user_id: int, subject: str | None, status: str | None) -> QuerySet[Delivery]:
    """A user's deliveries, newest first; `subject` is the public identifier of a batch or job."""
    wanted = {"subject": subject, "status": status}
    given = {name: value for name, value in wanted.items() if value is not None}
    return Delivery.objects.filter(user_id=user_id, **given).order_by("-pk")
