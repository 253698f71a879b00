"""Deliveries in every state, and batches that have ended without any work."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from batches.models import Batch
from integrations.models import Delivery, Event
from integrations.webhooks import endpoints, outbox, recorder
from integrations.webhooks.endpoints import Issued


def delivery(user: User, *, url: str = "https://example.com/hook", **fields: Any) -> Delivery:
    """A delivery as the relay stores it, without an event of its own; `fields` are set on the row
    afterwards.
    """
    event = Event(
        user=user,
        type=fields.pop("event", "batch.completed"),
        subject=fields.pop("subject", "batch_1"),
        data='{"batchId":"batch_1"}',
        request_id="req_1",
        created_at=timezone.now(),
    )
    to: Any = fields.pop("endpoint", None)
    found = outbox.new_delivery(
        event, body=outbox.body_of(event), endpoint=to, url=url, now=event.created_at
    )
    found.save()
    Delivery.objects.filter(pk=found.pk).update(**fields)
    found.refresh_from_db()
    return found


def record(user: User, **fields: Any) -> Event:
    """An event that waits to be relayed."""
    number = Event.objects.count()
    recorder.record(
        **{
            "user_id": user.pk,
            "event": "job.completed",
            "key": f"job.completed:{number}",
            "subject": f"job_{number}",
            "data": {"jobId": f"job_{number}"},
            "now": timezone.now(),
            **fields,
        }
    )
    return Event.objects.order_by("pk")[number]


def endpoint(user: User, *, url: str = "https://example.com/hook", **fields: Any) -> Issued:
    """An endpoint for all events, unless `fields` say otherwise."""
    return endpoints.create(
        user_id=user.pk, url=url, now=timezone.now(), **{"events": ["*"], **fields}
    )


def ended_batch(user: User, *, status: str = "completed", **fields: Any) -> Batch:
    now = timezone.now()
    return Batch.objects.create(
        **{
            "user": user,
            "status": status,
            "tier": "basic",
            "total_images": 3,
            "base_credits_per_image": 3,
            "base_total": 9,
            "discount_percentage": 0,
            "discount_amount": 0,
            "final_total": 9,
            "completed_images": 2,
            "failed_images": 1,
            "cancelled_images": 0,
            "credits_used": 6,
            "zip_key": "batches/batch_1-abc.zip" if status == "completed" else "",
            "zip_size": 12_345,
            "error_code": "ARCHIVE_FAILED" if status == "failed" else "",
            "hold_id": 1,
            "webhook_url": "https://example.com/hook",
            "last_served_at": now,
            "created_at": now,
            "started_at": now,
            "completed_at": now,
            **fields,
        }
    )
