"""Relay of recorded events: gives each its sequence number and makes its deliveries.

It runs after the commit. A number that was drawn inside the transaction of an event would block
other transactions of the account until that commits, and could deadlock with them. Under the lock
of the account's counter, numbers become visible in their order, so a consumer that reads on from
the last one that it has misses nothing.
"""

import logging
from datetime import datetime

from django.db import transaction

from integrations.models import Delivery, Endpoint, Event, EventCounter
from integrations.webhooks import catalogue, outbox

logger = logging.getLogger(__name__)

# Events of one account that are numbered before those of the next account.
_AT_ONCE = 50


def run(*, now: datetime) -> int:
    """Relay some of the events that wait, of each account as many; returns how many in all.

    Safe to run by several at once. Whoever calls it goes on until there is none.
    """
    waiting = Event.objects.filter(sequence__isnull=True).order_by()
    relayed = 0
    for user_id in list(waiting.values_list("user_id", flat=True).distinct()):
        try:
            relayed += relay_some(user_id=user_id, now=now)
        except Exception:
            # One account whose events cannot be relayed must not keep the others waiting.
            logger.exception("the events of user %d could not be relayed", user_id)
    return relayed


@transaction.atomic
def relay_some(*, user_id: int, now: datetime) -> int:
    """Relay some events of one account, in the order in which they were recorded."""
    EventCounter.objects.bulk_create([EventCounter(user_id=user_id)], ignore_conflicts=True)
    counter = EventCounter.objects.select_for_update().get(user_id=user_id)
    waiting = Event.objects.filter(user_id=user_id, sequence__isnull=True)
    # Locked, so that an erasure that runs meanwhile waits and then finds the deliveries too.
    events = list(waiting.order_by("pk").select_for_update(no_key=True)[:_AT_ONCE])
    if not events:
        return 0
    # Locked, so that none is turned off or deleted between this and its deliveries.
    active = Endpoint.objects.filter(user_id=user_id, active=True)
    endpoints = list(active.select_for_update(no_key=True).order_by("pk"))
    for event in events:
        counter.last += 1
        event.sequence = counter.last
    Event.objects.bulk_update(events, ["sequence"])
    counter.save(update_fields=["last"])
    deliveries = [row for event in events for row in _deliveries(event, endpoints, now)]
    # Where a callback address has a row already, the previous release has made the delivery.
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    return len(events)


def _deliveries(event: Event, endpoints: list[Endpoint], now: datetime) -> list[Delivery]:
    body = outbox.body_of(event)
    chosen = [one for one in endpoints if catalogue.matches(one.events, event.type)]
    rows = [outbox.new_delivery(event, body=body, endpoint=one, now=now) for one in chosen]
    if event.url:
        rows.append(outbox.new_delivery(event, body=body, url=event.url, now=now))
    return rows
