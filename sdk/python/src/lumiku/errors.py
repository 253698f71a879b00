"""Exceptions of the client. Everything it raises on purpose is a `LumikuError`."""

from collections.abc import Mapping
from typing import Any


class LumikuError(Exception):
    """Base of all exceptions of this package."""


class ConfigurationError(LumikuError):
    """A base address or key that cannot be used."""


class NotConnected(LumikuError):
    """The server could not be reached, or the connection broke, also after all retries."""


class BrokenOff(NotConnected):
    """The connection broke within a body; `headers` are those of the answer."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        super().__init__("the connection broke during a download")


class UnexpectedAnswer(LumikuError):
    """The answer is not what the API documents: a proxy's page, for example, or a redirect."""


class ApiError(LumikuError):
    """An error that the server answered with, by the fields of its envelope.

    Subclasses stand for codes; a code that this version does not know is an `ApiError` itself.
    `retry_after` is in seconds, where the server sent one.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        details: Any = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message
        self.code = code
        self.status = status
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after
        about = ", ".join(part for part in (code, request_id) if part)
        super().__init__(f"{message} ({about})" if about else message)


class JobFailed(ApiError):
    """A job ended without a result, for which nothing was charged; `code` says why."""


class Unauthorized(ApiError):
    """No key or token was sent."""


class InvalidToken(Unauthorized):
    """The key or token is not valid."""


class TokenExpired(Unauthorized):
    """The token has expired."""


class SecondFactorRequired(Unauthorized):
    """The account has to log in with its second factor."""


class Forbidden(ApiError):
    """The key may not do this."""


class InsufficientPermissions(Forbidden):
    """Only administrators may do this."""


class TierNotAllowed(Forbidden):
    """The subscription does not include the tier."""


class InvalidInput(ApiError):
    """Something about the request is wrong; `details` says what."""


class MissingRequiredField(InvalidInput):
    """A field that is needed is missing."""


class FileTooLarge(InvalidInput):
    """The file has more bytes or pixels than the server takes."""


class InvalidFileType(InvalidInput):
    """The file is not an image of a supported format."""


class NoSubjectFound(InvalidInput):
    """No subject was found in the picture; nothing was charged."""


class BatchTooLarge(InvalidInput):
    """The batch has too many images or too many bytes."""


class InsufficientCredits(ApiError):
    """The account has too few credits; `details` has `required` and `available`."""


class SpendingCapReached(ApiError):
    """The limit on what may be spent is reached."""


class PaymentFailed(ApiError):
    """The payment was declined."""


class PaymentActionRequired(ApiError):
    """The bank wants the payment to be confirmed."""


class QuotaExceeded(ApiError):
    """The subscription's images of today are used up."""


class RateLimited(ApiError):
    """Too many requests; `retry_after` says when the next may be sent."""


class NotFound(ApiError):
    """There is no such object, or it is somebody else's."""


class Gone(ApiError):
    """The object is no longer kept."""


class Conflict(ApiError):
    """The object is not in a state that allows this."""


class IdempotencyKeyReused(Conflict):
    """The idempotency key belongs to another request."""


class RequestInProgress(Conflict):
    """A request with this idempotency key is still being processed."""


class MethodNotAllowed(ApiError):
    """The server does not know this method at this address."""


class UnsupportedMediaType(ApiError):
    """The server does not take this content type."""


class UpgradeRequired(ApiError):
    """The address is that of a WebSocket."""


class PartnerUnavailable(ApiError):
    """A partner's server does not answer."""


class PartnerFailed(ApiError):
    """A partner's server answered something that cannot be used."""


class RequestTimeout(ApiError):
    """The body of the request did not arrive in time."""


class ServiceUnavailable(ApiError):
    """The server is busy or in maintenance."""


class InternalError(ApiError):
    """Something went wrong on the server."""


BY_CODE: Mapping[str, type[ApiError]] = {
    "UNAUTHORIZED": Unauthorized,
    "TOKEN_EXPIRED": TokenExpired,
    "INVALID_TOKEN": InvalidToken,
    "SECOND_FACTOR_REQUIRED": SecondFactorRequired,
    "FORBIDDEN": Forbidden,
    "INSUFFICIENT_PERMISSIONS": InsufficientPermissions,
    "INVALID_INPUT": InvalidInput,
    "MISSING_REQUIRED_FIELD": MissingRequiredField,
    "FILE_TOO_LARGE": FileTooLarge,
    "INVALID_FILE_TYPE": InvalidFileType,
    "NO_SUBJECT_FOUND": NoSubjectFound,
    "INSUFFICIENT_CREDITS": InsufficientCredits,
    "QUOTA_EXCEEDED": QuotaExceeded,
    "SPENDING_CAP_REACHED": SpendingCapReached,
    "PARTNER_UNAVAILABLE": PartnerUnavailable,
    "PARTNER_FAILED": PartnerFailed,
    "TIER_NOT_ALLOWED": TierNotAllowed,
    "BATCH_TOO_LARGE": BatchTooLarge,
    "RATE_LIMIT_EXCEEDED": RateLimited,
    "SERVICE_UNAVAILABLE": ServiceUnavailable,
    "INTERNAL_ERROR": InternalError,
    "NOT_FOUND": NotFound,
    "GONE": Gone,
    "CONFLICT": Conflict,
    "METHOD_NOT_ALLOWED": MethodNotAllowed,
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType,
    "UPGRADE_REQUIRED": UpgradeRequired,
    "IDEMPOTENCY_KEY_REUSED": IdempotencyKeyReused,
    "REQUEST_IN_PROGRESS": RequestInProgress,
    "REQUEST_TIMEOUT": RequestTimeout,
    "PAYMENT_FAILED": PaymentFailed,
    "PAYMENT_ACTION_REQUIRED": PaymentActionRequired,
}


def of_envelope(status: int, body: Any, *, retry_after: float | None) -> ApiError:
    """The exception for an answer of 400 or more; `body` is its JSON, or None if it has none."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ApiError(f"The server answered {status}", status=status, retry_after=retry_after)
    code = str(error.get("code", ""))
    return BY_CODE.get(code, ApiError)(
        str(error.get("message", "")),
        code=code,
        status=status,
        details=error.get("details"),
        request_id=error.get("requestId"),
        retry_after=retry_after,
    )
