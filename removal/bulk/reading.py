"""Reads of the images of batches."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from removal.errors import CALLERS_REASONS
from removal.lifecycle import JobStatus
from removal.models import Job

_OURS = Q(status=JobStatus.FAILED) & ~Q(error_code__in=CALLERS_REASONS)


@dataclass(frozen=True)
class Counts:
    """Images of one batch by state."""

    queued: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        return self.queued + self.processing

    @property
    def ended(self) -> int:
        return self.completed + self.failed + self.cancelled

    @property
    def total(self) -> int:
        return self.open + self.ended


@dataclass(frozen=True)
class Image:
    """One image of a batch as its archive needs it; `result_key` is empty without a result.

    Sizes in bytes and pixels, `price` in credits.
    """

    position: int
    job_id: str
    filename: str
    status: str
    result_key: str
    result_size: int | None
    result_format: str
    result_width: int | None
    result_height: int | None
    price: int
    error_code: str
    error_message: str


@dataclass(frozen=True)
class Original:
    """An image to try again, whose file is still there. `size` in bytes, the rest in pixels.

    `failed` tells one that failed for a reason of ours from one that was cancelled, or finished in
    a batch that could not be delivered.
    """

    filename: str
    failed: bool
    size: int
    original_key: str
    width: int
    height: int
    format: str


@dataclass(frozen=True)
class Timing:
    """A finished image: when, how long it took, and whether it was part of a batch."""

    tier: str
    completed_at: datetime
    milliseconds: int
    in_batch: bool


def counts(*, batch_ids: Collection[int]) -> Mapping[int, Counts]:
    """The counts of every batch asked for, zeros included."""
    found: dict[int, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    rows = (
        Job.objects.filter(batch_id__in=list(batch_ids))
        .order_by()
        .values_list("batch_id", "status")
        .annotate(images=Count("pk"))
    )
    for batch_id, status, images in rows:
        if batch_id is not None:
            found[batch_id][status] = images
    return {batch_id: Counts(**by_status) for batch_id, by_status in found.items()}


def items(*, batch_id: int, status: str | None = None) -> QuerySet[Job]:
    """The images of a batch in their order: all, or those in one state."""
    found = Job.objects.filter(batch_id=batch_id).order_by("position")
    return found if status is None else found.filter(status=status)


def results(*, batch_id: int) -> Iterator[Image]:
    """All images of a batch in their order, whatever became of them."""
    for job in items(batch_id=batch_id).iterator():
        yield Image(
            position=job.position or 0,
            job_id=job.public_id,
            filename=job.filename,
            status=job.status,
            result_key=job.result_key,
            result_size=job.result_size,
            result_format=job.result_format,
            result_width=job.result_width,
            result_height=job.result_height,
            price=job.price,
            error_code=job.error_code,
            error_message=job.error_message,
        )


def has_results(*, batch_id: int) -> bool:
    """True if any image of a batch still has its result."""
    return items(batch_id=batch_id, status=JobStatus.COMPLETED).exclude(result_key="").exists()


def failed_for_our_reasons(*, batch_id: int) -> int:
    """The number of images of a batch that failed for a reason of ours."""
    return items(batch_id=batch_id).filter(_OURS).count()


def retryable(*, batch_id: int) -> Sequence[Original]:
    """The images of a batch that has ended which can be tried again, in their order: failed for a
    reason of ours, cancelled, or finished and never delivered, and the original is still there.
    """
    undelivered = Q(status=JobStatus.COMPLETED, settled_at__isnull=True)
    again = _OURS | Q(status=JobStatus.CANCELLED) | undelivered
    return [
        Original(
            filename=job.filename,
            failed=job.status == JobStatus.FAILED,
            size=job.original_size,
            original_key=job.original_key,
            width=job.width,
            height=job.height,
            format=job.format,
        )
        for job in items(batch_id=batch_id).filter(again).exclude(original_key="")
    ]


@dataclass(frozen=True)
class InFlight:
    """The numbers of images that are with workers now, by batch and by customer."""

    by_batch: Mapping[int, int]
    by_user: Mapping[int, int]


def in_flight() -> InFlight:
    """The images that workers have leased; their number is bounded by that of the workers."""
    leased = Job.objects.filter(status=JobStatus.PROCESSING, batch_id__isnull=False)
    rows = leased.order_by().values_list("batch_id", "user_id").annotate(images=Count("pk"))
    by_batch, by_user = Counter[int](), Counter[int]()
    for batch_id, user_id, images in rows:
        if batch_id is not None:
            by_batch[batch_id] += images
        if user_id is not None:
            by_user[user_id] += images
    return InFlight(by_batch, by_user)


def recent_timings(*, limit: int) -> Sequence[Timing]:
    """The images that were finished last and still have their result, newest first."""
    rows = (
        Job.objects.filter(processing_time_ms__isnull=False, completed_at__isnull=False)
        .exclude(result_key="")
        .order_by("-completed_at")
        .values_list("tier", "completed_at", "processing_time_ms", "batch_id")[:limit]
    )
    return [
        Timing(tier, completed_at, milliseconds, batch_id is not None)
        for tier, completed_at, milliseconds, batch_id in rows
        if completed_at is not None and milliseconds is not None
    ]


def waiting_singles() -> tuple[int, datetime | None]:
    """The number of queued singles, and the time since which the oldest of them waits."""
    found = Job.objects.filter(status=JobStatus.QUEUED, batch_id__isnull=True).aggregate(
        waiting=Count("pk"), oldest=Min("created_at")
    )
    return found["waiting"], found["oldest"]
