"""Results that are posted back to the partner whose pictures were cut out.

They are deliveries of the webhooks' outbox, signed with the partner's own secret: so they are
retried, and operators see them and can send them again. A partner without a secret gets none,
nor does one that an operator has disconnected meanwhile.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from batches import outcomes as batches
from integrations.models import Delivery, Event, PartnerRequest
from integrations.partners.services import SOURCE
from integrations.webhooks import outbox
from removal import bulk
from removal import outcomes as jobs
from removal.lifecycle import JobStatus


def job_ended(*, job_id: int, public_id: str, source: str, now: datetime, **_: Any) -> None:
    """Receiver of `removal.signals.job_ended`, inside the transaction that settles the job."""
    request = _request(public_id) if source == SOURCE else None
    found = jobs.outcome(job_id=job_id, now=now) if request else None
    if request is None or found is None:
        return
    item = {
        "id": request.items[0] if request.items else None,
        "jobId": found.job_id,
        "status": found.status,
        "resultUrl": found.data["processedUrl"],
        "error": found.data["error"],
    }
    _post(request, f"job.{found.status}", {**found.data, "items": [item]}, now)


def batch_closed(*, batch_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_closed`; a second call for a batch changes nothing."""
    now = timezone.now()
    found = batches.outcome(batch_id=batch_id, now=now)
    request = _request(found.batch_id) if found else None
    if request is None or found is None:
        return
    images = bulk.items(batch_id=batch_id)
    items = [
        {
            "id": request.items[job.position] if job.position is not None else None,
            "jobId": job.public_id,
            "status": job.status,
            "resultUrl": jobs.lasting_address(job, now),
            "error": {"code": job.error_code, "message": job.error_message}
            if job.status == JobStatus.FAILED
            else None,
        }
        for job in images
    ]
    _post(request, f"batch.{found.status}", {**found.data, "items": items}, now)


def jobs_erased(*, user_id: int, job_ids: Sequence[str], **_: Any) -> None:
    """Receiver of `removal.signals.jobs_erased`."""
    PartnerRequest.objects.filter(user_id=user_id, subject__in=job_ids).delete()


def batch_erased(*, batch_id: str, user_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_erased`."""
    PartnerRequest.objects.filter(user_id=user_id, subject=batch_id).delete()


def _request(subject: str) -> PartnerRequest | None:
    wanted = PartnerRequest.objects.select_related("partner").filter(subject=subject)
    found = wanted.first()
    partner = found.partner if found else None
    return found if partner and partner.active and partner.sealed_webhook_secret else None


def _post(request: PartnerRequest, event: str, data: Mapping[str, Any], now: datetime) -> None:
    row = Event(
        user_id=request.user_id,
        type=event,
        subject=request.subject,
        data=json.dumps({**data, "reference": request.reference}),
        created_at=now,
    )
    delivery = outbox.new_delivery(
        row,
        body=outbox.body_of(row),
        partner=request.partner,
        url=request.partner.results_url,
        now=now,
    )
    # Unique by partner, subject and event: the signal about the end of a batch may be sent twice.
    Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
    outbox.QUEUE.dispatch()
