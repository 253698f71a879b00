"""API errors of a download without an archive; all carry `details` {batchId, status}."""

from common.http.errors import Conflict, Gone, NotFound


class ArchiveNotReady(Conflict):
    """Also carries `details.progress`, as the batch's status does, while the batch runs."""

    message = "The archive is not ready yet; ask for the batch's status until it has ended"


class NoArchive(NotFound):
    """Also carries `details.error` {code, message} when the batch failed."""

    message = "The batch ended without a finished image, so it has no archive"


class ArchiveGone(Gone):
    message = "The archive is no longer kept"
