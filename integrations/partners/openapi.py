"""OpenAPI parts that the endpoints of all partners share."""

from collections.abc import Mapping
from typing import Any

from billing.errors import BatchTooLarge, InsufficientCredits, QuotaExceeded, TierNotAllowed
from common.http.errors import (
    Conflict,
    FileTooLarge,
    Forbidden,
    InvalidFileType,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    Unauthorized,
)
from common.http.idempotency.views import IdempotencyKeyReused, RequestInProgress
from common.http.openapi import errors
from removal.errors import NoSubjectFound, PartnerFailed, PartnerUnavailable

TAG = "Partners"

_ALWAYS = (
    InvalidInput,
    MissingRequiredField,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    IdempotencyKeyReused,
    RequestInProgress,
    InsufficientCredits,
    RateLimited,
    PartnerFailed,
    PartnerUnavailable,
    ServiceUnavailable,
)


def batch_errors() -> Mapping[int, Any]:
    """The errors of an endpoint that starts a batch."""
    return errors(*_ALWAYS, BatchTooLarge)


def single_errors() -> Mapping[int, Any]:
    """The errors of an endpoint that removes one background."""
    return errors(
        *_ALWAYS, InvalidFileType, FileTooLarge, NoSubjectFound, TierNotAllowed, QuotaExceeded
    )
