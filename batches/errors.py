"""API errors of batches."""

from enum import StrEnum

from django.utils.translation import gettext_noop

from common.http.errors import Conflict


class FailureCode(StrEnum):
    """Reasons for which a whole batch ends without a result; nothing is charged then."""

    BATCH_FAILED = "BATCH_FAILED"
    ARCHIVE_FAILED = "ARCHIVE_FAILED"


FAILURES = {
    FailureCode.BATCH_FAILED: gettext_noop(
        "None of the images could be processed; nothing was charged"
    ),
    FailureCode.ARCHIVE_FAILED: gettext_noop(
        "The archive could not be written; nothing was charged"
    ),
}


class BatchEnded(Conflict):
    """Carries `details` {batchId, status}."""

    message = "The batch can no longer be cancelled"


class BatchRunning(Conflict):
    """Carries `details` {batchId, status}."""

    message = "The batch has not ended yet"


class NothingToRetry(Conflict):
    """Carries `details` {batchId}."""

    message = (
        "The batch has no image that was cancelled or failed on our side, and whose original is "
        "still there"
    )


class AlreadyRetried(Conflict):
    """Carries `details` {batchId, retryBatchId}: the retry that there is."""

    message = "The images of this batch were retried before"
