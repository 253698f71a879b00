"""The states of a batch and the ways between them; pure."""

from collections.abc import Mapping
from enum import StrEnum


class BatchStatus(StrEnum):
    """`zipping`: every image has ended and the archive is being written."""

    PENDING = "pending"
    PROCESSING = "processing"
    ZIPPING = "zipping"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.CANCELLED})
# Images may still be waiting or under way.
WORKING = frozenset({BatchStatus.PENDING, BatchStatus.PROCESSING})

NEXT: Mapping[BatchStatus, frozenset[BatchStatus]] = {
    BatchStatus.PENDING: frozenset(
        {
            BatchStatus.PROCESSING,
            BatchStatus.ZIPPING,
            BatchStatus.FAILED,
            BatchStatus.CANCELLED,
        }
    ),
    BatchStatus.PROCESSING: frozenset(
        {BatchStatus.ZIPPING, BatchStatus.FAILED, BatchStatus.CANCELLED}
    ),
    BatchStatus.ZIPPING: TERMINAL,
    **dict.fromkeys(TERMINAL, frozenset()),
}


def is_terminal(status: str) -> bool:
    return status in TERMINAL


def sources(target: BatchStatus) -> frozenset[BatchStatus]:
    """The states from which `target` may be entered, for use in conditional updates."""
    return frozenset(status for status, following in NEXT.items() if target in following)


def percentage(*, processed: int, failed: int, total: int) -> int:
    """Progress of a batch in percent: `floor(100·(processed+failed)/total)`."""
    return 100 * (processed + failed) // total
