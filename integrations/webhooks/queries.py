"""Reads of endpoints and deliveries, scoped to one user."""

from collections.abc import Sequence

from django.db.models import QuerySet

from common.http.errors import NotFound
from integrations.webhooks.models import Attempt, Delivery, Endpoint


def endpoints(*, user_id: int) -> Sequence[Endpoint]:
    """A user's endpoints, oldest first."""
    return list(Endpoint.objects.filter(user_id=user_id).order_by("pk"))


def deliveries(
    *,
    user_id: int,
    subject: str | None = None,
    status: str | None = None,
    event: str | None = None,
    endpoint_id: str | None = None,
) -> QuerySet[Delivery]:
    """A user's deliveries, newest first; `subject` is the public identifier of a batch or job, and
    `endpoint_id` that of an endpoint.
    """
    wanted = {
        "subject": subject,
        "status": status,
        "event": event,
        "endpoint__public_id": endpoint_id,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    rows = Delivery.objects.filter(user_id=user_id, **given).select_related("endpoint")
    return rows.order_by("-pk")


def delivery(*, user_id: int, public_id: str) -> Delivery:
    """One delivery of a user. Raises `NotFound`."""
    found = deliveries(user_id=user_id).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such delivery")
    return found


def attempts(delivery: Delivery) -> Sequence[Attempt]:
    """The attempts of a delivery, in order, also those before a replay."""
    return list(delivery.log.order_by("pk"))
