"""Batches in every state; images end without inference, archives are real."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from batches import finalize, services
from batches import settlement as ending
from batches.archive import build
from batches.archive.queue import QUEUE
from batches.creation import intake
from batches.creation import services as creation
from batches.creation.requests import BatchRequest
from batches.models import Batch
from common import storage
from removal import bulk, keys, settlement
from removal.errors import JobFailed
from removal.models import Job
from removal.settlement import Result
from tests.removal.factories import photo, uploaded

PHOTO = photo()
RESULT = photo(kind="PNG", mode="RGBA")


def files(images: int = 3, broken: int = 0) -> list[Any]:
    """Uploaded files as a form brings them: `image0.jpg` …, then `broken0.jpg` …"""
    good = [uploaded(PHOTO, f"image{number}.jpg") for number in range(images)]
    return good + [uploaded(b"not an image", f"broken{number}.jpg") for number in range(broken)]


def batch_request(images: int = 3, broken: int = 0, **fields: Any) -> BatchRequest:
    incoming = intake.from_form(files(images, broken))
    return BatchRequest(**{"tier": "basic", "fields": {}, "images": incoming, **fields})


def started(user: User, images: int = 3, broken: int = 0, **fields: Any) -> Batch:
    """A batch as `start` leaves it, with its files and its hold."""
    return creation.start(
        user=user, request=batch_request(images, broken, **fields), now=timezone.now()
    )


def waiting(batch: Batch) -> list[Job]:
    return list(Job.objects.filter(batch_id=batch.pk, status="queued").order_by("position"))


def claimed(batch: Batch, images: int = 1) -> Sequence[Job]:
    """Images that a worker has taken."""
    jobs = bulk.claim(batch_id=batch.pk, limit=images, now=timezone.now())
    for job in jobs:
        bulk.begin(job=job, now=timezone.now())
    services.mark_started(batch_id=batch.pk, now=timezone.now())
    return jobs


def succeed(job: Job) -> None:
    """End a claimed image with a stored result."""
    owner = keys.owner_of(job.original_key)
    key = keys.result_key(owner, job.public_id, job.attempts, job.result_token, "png")
    storage.put(key, io.BytesIO(RESULT), content_type="image/png")
    result = Result(
        key=key,
        size=len(RESULT),
        width=96,
        height=64,
        format="png",
        input_width=96,
        input_height=64,
        ai_provider="local",
        model_name="lumiku-lite",
        model_version="85f73c1871fa",
        engine="onnxruntime CPUExecutionProvider",
        processing_time_ms=40,
    )
    settlement.complete(job=job, result=result, now=timezone.now())


def break_down(job: Job) -> None:
    """End a claimed image with a failure of ours; its original stays."""
    settlement.fail(job=job, error=JobFailed(), now=timezone.now())


def worked(batch: Batch, fail: int = 0, now: datetime | None = None) -> Batch:
    """Let every waiting image end, the first `fail` of them without a result."""
    for number, job in enumerate(claimed(batch, images=500)):
        (break_down if number < fail else succeed)(job)
    finalize.finish_if_done(batch_id=batch.pk, now=now or timezone.now())
    batch.refresh_from_db()
    return batch


def zipped(batch: Batch) -> Batch:
    build.build(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def given_up(batch: Batch) -> Batch:
    """End a batch whose images have all ended, as when its archive cannot be written."""
    [held] = QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk))
    return ending.close(batch_id=batch.pk, token=held.lease_token, archive=None, now=timezone.now())


def ended(user: User, images: int = 3, broken: int = 0, fail: int = 0, **fields: Any) -> Batch:
    """A batch that has gone all the way, with its ZIP unless nothing finished."""
    return zipped(worked(started(user, images, broken, **fields), fail=fail))


def statuses(batch: Batch) -> list[str]:
    """The states of a batch's images, in order."""
    rows = Job.objects.filter(batch_id=batch.pk).order_by("position")
    return list(rows.values_list("status", flat=True))
