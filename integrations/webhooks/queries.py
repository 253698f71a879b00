"""Reading deliveries, always within what one user owns."""

from django.db.models import QuerySet

from integrations.webhooks.models import Delivery


def owned(*, user_id: int, subject: str | None, status: str | None) -> QuerySet[Delivery]:
    """Newest first; `subject` is the public identifier of a batch, for example."""
    wanted = {"subject": subject, "status": status}
    given = {name: value for name, value in wanted.items() if value is not None}
    return Delivery.objects.filter(user_id=user_id, **given).order_by("-pk")
