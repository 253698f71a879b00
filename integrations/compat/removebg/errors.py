"""Errors in remove.bg's format: `{"errors": [{"title", "code", "detail"?}]}`.

Clients show the title and act on the status: 402 and 403 end a run, 429 needs `Retry-After`.
"""

from collections.abc import Sequence
from typing import Any

from billing.errors import InsufficientCredits, QuotaExceeded, SpendingCapReached, TierNotAllowed
from common.http.errors import (
    ApiError,
    FileTooLarge,
    InvalidFileType,
    InvalidInput,
    InvalidToken,
    RateLimited,
    Rendered,
    TokenExpired,
    Unauthorized,
)
from common.outbound.fetch import FetchFailed, FetchRefused, FetchTooLarge
from removal.engine.errors import UnreadableImage
from removal.errors import NoSubjectFound


def refused(code: str, title: str) -> InvalidInput:
    """A 400 with a code of remove.bg."""
    return InvalidInput(title, details={"reason": code})


def render(error: ApiError) -> Rendered:
    """The renderer of this surface (`settings.ERROR_FORMATS`)."""
    status, title, code = _named(error)
    entry: dict[str, Any] = {"title": title, "code": code}
    if error.message != title:
        entry["detail"] = error.message
    return Rendered(status, {"errors": [entry]}, error.headers)


def _named(error: ApiError) -> tuple[int, str, str]:
    """(status, title, code)"""
    if isinstance(error, InvalidToken | TokenExpired):
        return 403, "API Key invalid", "auth_failed"
    if isinstance(error, Unauthorized):
        return 403, "Missing API Key", "auth_failed"
    if isinstance(error, InsufficientCredits | SpendingCapReached | QuotaExceeded | TierNotAllowed):
        # A used-up plan is no rate limit: clients would wait, some until midnight.
        return 402, "Insufficient credits", "insufficient_credits"
    if isinstance(error, RateLimited):
        return 429, "Rate limit exceeded", "rate_limit_exceeded"
    return error.status, error.message, _code(error)


# The first that fits.
_CODES: Sequence[tuple[type[ApiError], str]] = (
    (NoSubjectFound, "unknown_foreground"),
    (FetchTooLarge, "file_too_large"),
    (FetchRefused, "invalid_image_url"),
    (FetchFailed, "failed_image_download"),
)


def _code(error: ApiError) -> str:
    if reason := (error.details or {}).get("reason"):
        return str(reason)
    if isinstance(error, InvalidFileType):
        return _of_file(error)
    named = next((code for kind, code in _CODES if isinstance(error, kind)), "")
    return named or _of_size(error) or str(error.code).lower()


def _of_file(error: InvalidFileType) -> str:
    # A file that only the worker found to be damaged has lost its cause on the way.
    unreadable = error.__cause__ is None or isinstance(error.__cause__, UnreadableImage)
    return "failed_to_read_image" if unreadable else "invalid_file_type"


def _of_size(error: ApiError) -> str:
    details = error.details or {}
    if "maxPixels" in details:
        return "resolution_too_high"
    if "maxSide" in details:
        return "invalid_dimensions"
    return "file_too_large" if isinstance(error, FileTooLarge) else ""
