"""API errors with their code, status, details and headers, and the one exception handler.

Every error leaves the native API in the same envelope. Apps subclass `ApiError`; other surfaces
render the same errors their own way: `settings.ERROR_FORMATS` names a renderer for their paths.
"""

import errno
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from common.http.request_id import current_request_id

logger = logging.getLogger(__name__)


# The language of every message of the API; pages and mails translate those that they know.
API_LANGUAGE = "en"


class ErrorCode(StrEnum):
    UNAUTHORIZED = "UNAUTHORIZED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    FORBIDDEN = "FORBIDDEN"
    INSUFFICIENT_PERMISSIONS = "INSUFFICIENT_PERMISSIONS"
    INVALID_INPUT = "INVALID_INPUT"
    MISSING_REQUIRED_FIELD = "MISSING_REQUIRED_FIELD"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    INVALID_FILE_TYPE = "INVALID_FILE_TYPE"
    NO_SUBJECT_FOUND = "NO_SUBJECT_FOUND"
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS"
    SPENDING_CAP_REACHED = "SPENDING_CAP_REACHED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    TIER_NOT_ALLOWED = "TIER_NOT_ALLOWED"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    GONE = "GONE"
    CONFLICT = "CONFLICT"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UPGRADE_REQUIRED = "UPGRADE_REQUIRED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    REQUEST_IN_PROGRESS = "REQUEST_IN_PROGRESS"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_ACTION_REQUIRED = "PAYMENT_ACTION_REQUIRED"
    PARTNER_UNAVAILABLE = "PARTNER_UNAVAILABLE"
    PARTNER_FAILED = "PARTNER_FAILED"


class ApiError(Exception):
    """Base of every error a caller may see.

    `code` and `status` belong to the class; `details` is JSON-serialisable and helps the caller
    to put things right; `headers` are sent with the answer.
    """

    code: ErrorCode = ErrorCode.INTERNAL_ERROR
    status: int = 500
    message = "Something went wrong on our side"

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.message
        self.details = dict(details) if details else None
        self.headers = dict(headers or {})
        super().__init__(self.message)


class Unauthorized(ApiError):
    code, status = ErrorCode.UNAUTHORIZED, 401
    message = "Log in first: send `Authorization: Bearer <token>` or `X-API-Key: <key>`"

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')


class InvalidToken(Unauthorized):
    code = ErrorCode.INVALID_TOKEN
    message = "The token or API key is not valid"


class TokenExpired(Unauthorized):
    code = ErrorCode.TOKEN_EXPIRED
    message = "The token has expired; log in again or use the refresh token"


class Forbidden(ApiError):
    code, status = ErrorCode.FORBIDDEN, 403
    message = "You may not do this"


class InsufficientPermissions(Forbidden):
    code = ErrorCode.INSUFFICIENT_PERMISSIONS
    message = "This is for administrators only"


class InvalidInput(ApiError):
    code, status = ErrorCode.INVALID_INPUT, 400
    message = "The request is not valid"


class MissingRequiredField(InvalidInput):
    code = ErrorCode.MISSING_REQUIRED_FIELD
    message = "A required field is missing"


class RangeNotSatisfiable(InvalidInput):
    """The range begins past the end; `details` {size} in bytes."""

    status = 416
    message = "The range asked for begins past the end of the file"

    def __init__(self, *, size: int) -> None:
        headers = {"Accept-Ranges": "bytes", "Content-Range": f"bytes */{size}"}
        super().__init__(details={"size": size}, headers=headers)


class FileTooLarge(InvalidInput):
    code = ErrorCode.FILE_TOO_LARGE
    message = "The file is too large"


class InvalidFileType(InvalidInput):
    code = ErrorCode.INVALID_FILE_TYPE
    message = "The file is not an image of a supported format"


class NotFound(ApiError):
    code, status = ErrorCode.NOT_FOUND, 404
    message = "There is no such resource"


class Gone(ApiError):
    code, status = ErrorCode.GONE, 410
    message = "The resource is no longer kept"


class Conflict(ApiError):
    code, status = ErrorCode.CONFLICT, 409
    message = "The resource is not in a state that allows this"


class RateLimited(ApiError):
    code, status = ErrorCode.RATE_LIMIT_EXCEEDED, 429
    message = "Too many requests. Please try again later"


class RequestTimeout(ApiError):
    code, status = ErrorCode.REQUEST_TIMEOUT, 408
    message = "The body of the request is shorter than announced, or did not arrive in time"


class ServiceUnavailable(ApiError):
    code, status = ErrorCode.SERVICE_UNAVAILABLE, 503
    message = "The service is busy; please try again shortly"


class MethodNotAllowed(ApiError):
    code, status = ErrorCode.METHOD_NOT_ALLOWED, 405
    message = "This method is not allowed here"


class UpgradeRequired(ApiError):
    code, status = ErrorCode.UPGRADE_REQUIRED, 426
    message = "This address is a WebSocket: open it with ws:// or wss://, not by a plain request"

    def __init__(self) -> None:
        super().__init__(headers={"Upgrade": "websocket", "Connection": "Upgrade"})


class UnsupportedMediaType(ApiError):
    code, status = ErrorCode.UNSUPPORTED_MEDIA_TYPE, 415
    message = "This Content-Type is not supported"


def timestamp(now: datetime | None = None) -> str:
    """ISO-8601 in UTC with a `Z`, to the second."""
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def render(error: ApiError) -> dict[str, Any]:
    """The error envelope of the native API."""
    body: dict[str, Any] = {"code": str(error.code), "message": error.message}
    if error.details is not None:
        body["details"] = error.details
    body["timestamp"] = timestamp()
    body["requestId"] = current_request_id()
    return {"success": False, "error": body}


@dataclass(frozen=True)
class Rendered:
    """An error as it is sent; `body` is JSON-serialisable."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def rendered(error: ApiError, *, path: str) -> Rendered:
    """The error in the format of the surface that `path` belongs to."""
    for pattern, renderer in settings.ERROR_FORMATS:
        if re.match(pattern, path):
            answer: Rendered = _renderer(renderer)(error)
            return answer
    return Rendered(error.status, render(error), error.headers)


@lru_cache
def _renderer(dotted_path: str) -> Any:
    return import_string(dotted_path)


def from_exception(exc: BaseException) -> ApiError:
    """Translate what Django, DRF and the services below may raise; unknown ones become a 500."""
    if isinstance(exc, ApiError):
        return exc
    for kinds, translate in _TRANSLATIONS:
        if isinstance(exc, kinds):
            return translate(exc)
    return ApiError()


def logged(exc: Exception) -> ApiError:
    """`from_exception`, with a traceback in the log for unexpected errors."""
    error = from_exception(exc)
    if error.status >= 500 and not isinstance(exc, ApiError):
        logger.error("unhandled error", exc_info=exc)
    return error


def handler(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's `EXCEPTION_HANDLER`: one format a surface, and a traceback in the log for a 500."""
    request = context.get("request")
    answer = rendered(logged(exc), path=request.path if request else "")
    return Response(answer.body, status=answer.status, headers=answer.headers)


def json_response(error: ApiError, *, path: str = "") -> JsonResponse:
    """The same outside DRF's views; without a path it is the native envelope."""
    answer = rendered(error, path=path)
    return JsonResponse(answer.body, status=answer.status, headers=answer.headers)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    error = NotFound("No endpoint answers at this address", details={"path": request.path})
    return json_response(error, path=request.path)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return json_response(from_exception(exception), path=request.path)


def server_error(request: HttpRequest) -> JsonResponse:
    return json_response(ApiError(), path=request.path)


def _method_not_allowed(exc: Any) -> ApiError:
    return MethodNotAllowed(str(exc.detail))


def _unsupported_media(exc: Any) -> ApiError:
    return UnsupportedMediaType(str(exc.detail))


def _body_too_large() -> ApiError:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return FileTooLarge(f"The body is larger than {most} bytes", details={"maxBytes": most})


def _of_the_system(exc: OSError) -> ApiError:
    full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
    return ServiceUnavailable(headers={"Retry-After": "60"}) if full else ApiError()


_TRANSLATIONS: list[tuple[tuple[type[BaseException], ...], Callable[[Any], ApiError]]] = [
    ((Http404, drf.NotFound), lambda _: NotFound()),
    ((drf.NotAuthenticated,), lambda _: Unauthorized()),
    ((drf.AuthenticationFailed,), lambda exc: InvalidToken(str(exc.detail))),
    ((PermissionDenied, drf.PermissionDenied), lambda exc: Forbidden(str(exc) or None)),
    ((drf.MethodNotAllowed,), _method_not_allowed),
    ((drf.UnsupportedMediaType,), _unsupported_media),
    ((drf.NotAcceptable,), lambda _: InvalidInput("This endpoint answers with JSON only")),
    ((drf.ParseError,), lambda exc: InvalidInput(f"The body does not parse: {exc.detail}")),
    ((drf.ValidationError,), lambda exc: InvalidInput(details={"fields": exc.detail})),
    ((RequestDataTooBig,), lambda _: _body_too_large()),
    ((TooManyFilesSent,), lambda _: InvalidInput("The request holds too many files")),
    ((TooManyFieldsSent,), lambda _: InvalidInput("The request holds too many fields")),
    ((DisallowedHost,), lambda _: InvalidInput("This service is not addressed by this Host")),
    ((SuspiciousOperation,), lambda _: InvalidInput()),
    ((DataError,), lambda _: InvalidInput("A value is out of the range that can be stored")),
    (
        (OperationalError, BrokerError, RedisConnectionError, RedisTimeoutError),
        lambda _: ServiceUnavailable(headers={"Retry-After": "5"}),
    ),
    # The object store is unavailable, or refuses us.
    ((BotoCoreError, ClientError), lambda _: ServiceUnavailable(headers={"Retry-After": "5"})),
    ((OSError,), _of_the_system),
]
