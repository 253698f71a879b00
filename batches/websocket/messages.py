"""Server messages of the progress socket. Every message about a batch is a whole snapshot."""

from typing import Any, Literal, NotRequired, TypedDict

from batches.lifecycle import BatchStatus
from batches.snapshots import Snapshot
from common.http.errors import ApiError, ErrorCode, timestamp

FAILED = "Processing failed"


class Counted(TypedDict):
    totalImages: int
    processedImages: int
    failedImages: int
    percentage: int


class State(TypedDict):
    """Fields that `progress`, `completed` and the `error` of a failed batch have in common."""

    batchId: str
    version: int
    status: str
    totalImages: int
    processedImages: int
    failedImages: int
    cancelledImages: int
    percentage: int
    progress: Counted


class Authenticated(TypedDict):
    type: Literal["authenticated"]
    userId: str


class Subscribed(TypedDict):
    type: Literal["subscribed"]
    batchId: str


class Unsubscribed(TypedDict):
    type: Literal["unsubscribed"]
    batchId: str


class Pong(TypedDict):
    type: Literal["pong"]
    timestamp: str


class Progress(State):
    type: Literal["progress"]


class Completed(State):
    """The batch has ended; `status` is `completed`, or `cancelled` with what had finished."""

    type: Literal["completed"]
    zipUrl: str | None
    zipSizeBytes: int | None
    creditsUsed: int
    completedAt: str | None


class BatchFailed(State):
    type: Literal["error"]
    error: str
    code: str
    creditsUsed: int
    completedAt: str | None


class Refused(TypedDict):
    """A message of the client was not understood or not allowed, or the socket is about to be
    closed.
    """

    type: Literal["error"]
    error: str
    code: str
    batchId: NotRequired[str]
    details: NotRequired[dict[str, Any]]


ServerMessage = (
    Authenticated | Subscribed | Unsubscribed | Pong | Progress | Completed | BatchFailed | Refused
)


def pong() -> Pong:
    return {"type": "pong", "timestamp": timestamp()}


def refused(error: ApiError, *, batch_id: str = "") -> Refused:
    message: Refused = {"type": "error", "error": error.message, "code": str(error.code)}
    if batch_id:
        message["batchId"] = batch_id
    if error.details is not None:
        message["details"] = error.details
    return message


def of_snapshot(snapshot: Snapshot) -> Progress | Completed | BatchFailed:
    """The message for this state."""
    state = _state(snapshot)
    ended = timestamp(snapshot.completed_at) if snapshot.completed_at else None
    if not snapshot.is_last:
        return {"type": "progress", **state}
    if snapshot.status is BatchStatus.FAILED:
        return {
            "type": "error",
            "error": snapshot.error_message or FAILED,
            "code": snapshot.error_code or ErrorCode.INTERNAL_ERROR,
            **state,
            "creditsUsed": snapshot.credits_used,
            "completedAt": ended,
        }
    return {
        "type": "completed",
        **state,
        "zipUrl": snapshot.zip_url,
        "zipSizeBytes": snapshot.zip_size,
        "creditsUsed": snapshot.credits_used,
        "completedAt": ended,
    }


def _state(snapshot: Snapshot) -> State:
    counted: Counted = {
        "totalImages": snapshot.total,
        "processedImages": snapshot.completed,
        "failedImages": snapshot.failed,
        "percentage": snapshot.percentage,
    }
    return {
        "batchId": snapshot.batch_id,
        "version": snapshot.version,
        "status": str(snapshot.status),
        **counted,
        "cancelledImages": snapshot.cancelled,
        "progress": counted,
    }
