"""The whole state of batches at one moment, read from the rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from batches.archive import links
from batches.lifecycle import BatchStatus, is_terminal, percentage
from batches.models import Batch
from removal import bulk

_RANK = {BatchStatus.PENDING: 0, BatchStatus.PROCESSING: 1, BatchStatus.ZIPPING: 2}
_LAST_RANK = 3


@dataclass(frozen=True)
class Snapshot:
    """One batch: `completed`, `failed` and `cancelled` are numbers of images, and what is left of
    `total` waits or is being worked on; credits are whole, `zip_size` is in bytes, `zip_url` is
    signed.

    Of two snapshots of a batch the one with the higher `version` is the later; the same version
    says the same of status and images.
    """

    batch_id: str
    status: BatchStatus
    total: int
    completed: int
    failed: int
    cancelled: int
    credits_used: int
    zip_url: str | None
    zip_size: int | None
    started_at: datetime | None
    completed_at: datetime | None
    error_code: str
    error_message: str

    @property
    def percentage(self) -> int:
        return percentage(processed=self.completed, failed=self.failed, total=self.total)

    @property
    def progress(self) -> dict[str, int]:
        """The progress in the API's fields."""
        return {
            "totalImages": self.total,
            "processedImages": self.completed,
            "failedImages": self.failed,
            "cancelledImages": self.cancelled,
            "percentage": self.percentage,
        }

    @property
    def version(self) -> int:
        # States follow each other and images end once, so each part only ever grows.
        ended = self.completed + self.failed + self.cancelled
        return ended + _RANK.get(self.status, _LAST_RANK)

    @property
    def is_last(self) -> bool:
        return is_terminal(self.status)


def read(*, batch_ids: Collection[int], now: datetime) -> Mapping[int, Snapshot]:
    """Snapshots of batches by primary key, without those that do not exist; two queries."""
    return of(list(Batch.objects.filter(pk__in=batch_ids)), now=now)


def of(batches: Sequence[Batch], *, now: datetime) -> Mapping[int, Snapshot]:
    """Snapshots of rows just read, by primary key; one query if any of them still runs.

    Status comes first and images after it: a batch whose images have all ended may still be
    called `processing`, but one that is called `zipping` has no image left.
    """
    running = [batch.pk for batch in batches if not is_terminal(batch.status)]
    counted = bulk.counts(batch_ids=running) if running else {}
    return {batch.pk: _snapshot(batch, counted.get(batch.pk), now) for batch in batches}


def _snapshot(batch: Batch, counted: bulk.Counts | None, now: datetime) -> Snapshot:
    return Snapshot(
        batch_id=batch.public_id,
        status=BatchStatus(batch.status),
        total=batch.total_images,
        completed=counted.completed if counted else batch.completed_images or 0,
        failed=counted.failed if counted else batch.failed_images or 0,
        cancelled=counted.cancelled if counted else batch.cancelled_images or 0,
        credits_used=batch.credits_used,
        zip_url=links.zip_url(batch, now=now),
        zip_size=batch.zip_size if batch.zip_key else None,
        started_at=batch.started_at,
        completed_at=batch.completed_at,
        error_code=batch.error_code,
        error_message=batch.error_message,
    )
