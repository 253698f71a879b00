"""Intake of events: verify the signature, store the event, dispatch it to a worker."""

from datetime import datetime

from django.db import transaction

from billing.models import StripeEvent
from billing.stripe import client
from billing.stripe.types import RemoteEvent
from billing.webhooks import payloads
from billing.webhooks.queue import QUEUE
from common.http.errors import InvalidInput
from common.workqueue import at_once


class SignatureRefused(InvalidInput):
    message = "The signature is missing, wrong or too old"


def receive(*, body: bytes, signature: str | None, now: datetime) -> bool:
    """Store an event that Stripe posted; returns False when it is known already.

    Raises `SignatureRefused` and `InvalidInput` (400), `PaymentsNotConfigured` (503).
    """
    try:
        event = client.verified_event(body=body, signature=signature)
    except client.BadSignature:
        raise SignatureRefused() from None
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not an event") from None
    return store(event, source="webhook", now=now)


def store(event: RemoteEvent, *, source: str, now: datetime) -> bool:
    """Store an event once and dispatch it; returns False when it is known already."""
    row = StripeEvent(
        stripe_id=event.id,
        type=event.type,
        object_type=event.object_type,
        object_id=event.object_id,
        payload=payloads.fit_to_keep(event.payload),
        source=source,
        created_at=event.created_at,
        received_at=now,
        available_at=at_once(now),
        dispatched_at=now,
    )
    with transaction.atomic():
        # `bulk_create` does not tell which rows it skipped.
        known = StripeEvent.objects.filter(stripe_id=event.id).exists()
        if not known:
            StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
            QUEUE.dispatch()
    return not known
