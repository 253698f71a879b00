"""Deliveries in every state, and batches that have ended without any work."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from batches.models import Batch
from integrations.webhooks import endpoints, outbox
from integrations.webhooks.endpoints import Issued
from integrations.webhooks.models import Delivery


def delivery(user: User, *, url: str = "https://example.com/hook", **fields: Any) -> Delivery:
    """A delivery as the outbox stores it; `fields` are set on the row afterwards."""
    found = outbox.put(
        user_id=user.pk,
        event=fields.pop("event", "batch.completed"),
        subject=fields.pop("subject", "batch_1"),
        url=url,
        data={"batchId": "batch_1"},
        request_id="req_1",
        now=timezone.now(),
    )
    Delivery.objects.filter(pk=found.pk).update(**fields)
    found.refresh_from_db()
    return found


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
