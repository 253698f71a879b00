"""Errors in PhotoRoom's format: `{"detail", "status_code", "type"}`.

A missing or wrong key is a 403, and whatever keeps an account from paying a 402.
"""

from billing.errors import InsufficientCredits, QuotaExceeded, SpendingCapReached, TierNotAllowed
from common.http.errors import ApiError, InvalidInput, InvalidToken, Rendered, Unauthorized

MISSING_KEY = "Please provide an API key in the x-api-key header"


def refused(name: str, problem: str) -> InvalidInput:
    """A 400 about one field."""
    return InvalidInput(f"Invalid {name}: {problem}", details={"field": name})


def render(error: ApiError) -> Rendered:
    """The renderer of this surface (`settings.ERROR_FORMATS`)."""
    status, detail, kind = _named(error)
    body = {"detail": detail, "status_code": status, "type": kind}
    return Rendered(status, body, error.headers)


def _named(error: ApiError) -> tuple[int, str, str]:
    """(status, detail, type)"""
    if isinstance(error, Unauthorized):
        known = isinstance(error, InvalidToken)
        return 403, "The API key is not valid" if known else MISSING_KEY, "authentication_error"
    if isinstance(error, InsufficientCredits | SpendingCapReached | QuotaExceeded | TierNotAllowed):
        return 402, error.message, "insufficient_credits"
    return error.status, error.message, str(error.code).lower()
