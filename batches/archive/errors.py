"""API errors of a download without an archive; all carry `details` {batchId, status}."""

from common.http.errors import Conflict, Gone, NotFound


class ArchiveNotReady(Conflict):
    """Refusal while the batch runs; `details.progress` is that of the batch's status."""

    message = "The archive is not ready yet; ask for the batch's status until it has ended"


class NoArchive(NotFound):
    """Refusal for a batch without an archive. Carries `details.error` {code, message} when the
    batch failed.
    """

    message = "The batch ended without a finished image, so it has no archive"


class ArchiveGone(Gone):
    message = "The archive is no longer kept"
