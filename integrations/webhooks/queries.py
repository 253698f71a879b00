"""Reads of endpoints, events and deliveries, scoped to one user."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from common.http.errors import NotFound
from integrations.models import Attempt, Delivery, Endpoint, Event, EventCounter


@dataclass(frozen=True)
class EventPage:
    """Events in the order of their numbers. `oldest` and `latest` are the first and the last number
    of all that are kept; `latest` counts on when they are deleted.
    """

    events: Sequence[Event]
    has_more: bool
    oldest: int | None
    latest: int


def events(
    *,
    user_id: int,
    after: int,
    limit: int,
    event: str | None = None,
    hidden: Sequence[str] = (),
) -> EventPage:
    """The events of a user that come after a sequence number."""
    kept = Event.objects.filter(user_id=user_id, sequence__isnull=False).order_by("sequence")
    wanted = kept.filter(sequence__gt=after).exclude(type__in=hidden)
    found = list((wanted.filter(type=event) if event else wanted)[: limit + 1])
    counter = EventCounter.objects.filter(user_id=user_id).values_list("last", flat=True)
    return EventPage(
        events=found[:limit],
        has_more=len(found) > limit,
        oldest=kept.values_list("sequence", flat=True).first(),
        latest=counter.first() or 0,
    )


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
    hidden: Sequence[str] = (),
) -> QuerySet[Delivery]:
    """A user's deliveries, newest first; `subject` is the public identifier of a batch or job, and
    `endpoint_id` that of an endpoint. Those of `hidden` events are left out.
    """
    wanted = {
        "subject": subject,
        "status": status,
        "event": event,
        "endpoint__public_id": endpoint_id,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    # What is sent to a partner application concerns it and the operator alone.
    rows = Delivery.objects.filter(user_id=user_id, partner__isnull=True, **given).select_related(
        "endpoint"
    )
    return (rows.exclude(event__in=hidden) if hidden else rows).order_by("-pk")


def delivery(*, user_id: int, public_id: str, hidden: Sequence[str] = ()) -> Delivery:
    """One delivery of a user, unless it is of a `hidden` event. Raises `NotFound`."""
    found = deliveries(user_id=user_id, hidden=hidden).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such delivery")
    return found


def attempts(delivery: Delivery) -> Sequence[Attempt]:
    """The attempts of a delivery, in order, also those before a replay."""
    return list(delivery.log.order_by("pk"))
