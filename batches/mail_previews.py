"""Example mails of this app, for `manage.py preview_email`."""

from datetime import UTC, datetime

from batches import notices
from batches.lifecycle import BatchStatus
from batches.models import Batch
from batches.notices import Failure
from common.http.errors import ErrorCode
from common.mail import messages

_MOMENT = datetime(2025, 1, 15, 10, 12, tzinfo=UTC)


@messages.preview("batch-completed")
def completed() -> messages.Message:
    batch = _batch(BatchStatus.COMPLETED, completed_images=98, failed_images=2, credits_used=706)
    failures = [
        Failure("shoe-17.jpg", _unreadable("The image cannot be read")),
        Failure("notes.txt", _unreadable("The file is not an image of a supported format")),
    ]
    return notices.message(batch, failures=failures, now=_MOMENT)


@messages.preview("batch-cancelled")
def cancelled() -> messages.Message:
    batch = _batch(BatchStatus.CANCELLED, completed_images=12, cancelled_images=88, credits_used=86)
    return notices.message(batch, failures=[], now=_MOMENT)


@messages.preview("batch-failed")
def failed() -> messages.Message:
    batch = _batch(
        BatchStatus.FAILED,
        completed_images=100,
        error_message="The archive could not be written; nothing was charged",
    )
    return notices.message(batch, failures=[], now=_MOMENT)


def _unreadable(message: str) -> str:
    return notices.reason(ErrorCode.INVALID_FILE_TYPE, message)


def _batch(
    status: BatchStatus,
    *,
    completed_images: int,
    failed_images: int = 0,
    cancelled_images: int = 0,
    credits_used: int = 0,
    error_message: str = "",
) -> Batch:
    return Batch(
        public_id="batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
        status=status,
        name="Spring shoes",
        tier="standard",
        total_images=100,
        final_total=720,
        completed_images=completed_images,
        failed_images=failed_images,
        cancelled_images=cancelled_images,
        credits_used=credits_used,
        completed_at=_MOMENT,
        zip_key="" if status == BatchStatus.FAILED else "batches/example.zip",
        error_message=error_message,
    )
