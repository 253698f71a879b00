"""Errors in the microservice's format: `{"error": …}`, with its own texts for the usual ones.

Clients show the text and act on the status.
"""

from collections.abc import Sequence

from django.conf import settings

from common.http.errors import (
    ApiError,
    FileTooLarge,
    InvalidFileType,
    InvalidInput,
    MethodNotAllowed,
    RateLimited,
    Rendered,
    Unauthorized,
)
from removal.errors import JobFailed, NoSubjectFound

TYPES = ("png", "jpg", "jpeg", "webp")
FAILED = "Failed to process image"


_TEXTS: Sequence[tuple[type[ApiError], str]] = (
    (Unauthorized, "Unauthorized"),
    (MethodNotAllowed, "Method not allowed"),
    (InvalidFileType, f"File type not allowed. Supported types: {', '.join(TYPES)}"),
)


class NoImage(InvalidInput):
    message = "No image provided"


def render(error: ApiError) -> Rendered:
    """The renderer of this surface (`settings.ERROR_FORMATS`)."""
    status = 500 if isinstance(error, JobFailed) else error.status
    return Rendered(status, {"error": _text(error, status)}, error.headers)


def _text(error: ApiError, status: int) -> str:
    details = error.details or {}
    if isinstance(error, RateLimited):
        seconds = details.get("retryAfter") or error.headers.get("Retry-After", "60")
        return f"Rate limit exceeded. Try again in {seconds} seconds"
    # What the worker refused was an image by its header.
    by_worker = status < 500 and "jobId" in details
    if status == 500 or by_worker or isinstance(error, NoSubjectFound):
        return FAILED
    if isinstance(error, FileTooLarge):
        return _too_large(details)
    return next((text for kind, text in _TEXTS if isinstance(error, kind)), error.message)


def _too_large(details: dict[str, object]) -> str:
    if "maxPixels" in details:
        return f"Image too large. Maximum size: {int(str(details['maxPixels'])):,} pixels"
    if "maxSide" in details:
        return f"Image too large. Maximum size: {details['maxSide']} pixels a side"
    return f"File too large. Maximum size: {settings.MAX_FILE_SIZE}MB"
