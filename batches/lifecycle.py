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
