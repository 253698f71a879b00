"""View mixin for `Idempotency-Key`: a request that is sent twice is executed once.

A view that costs money mixes this in before `ApiView`. Its service gets `self.idempotency_key`
too, so that money stays safe even when the process dies between the commit and the stored answer.
"""

import hashlib
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.errors import InvalidInput, UnsupportedMediaType
from common.http.idempotency import store
from common.http.idempotency.store import Answer, Claim, IdempotencyKeyReused, RequestInProgress
from common.http.views import ApiView
from common.models import IdempotencyRecord

__all__ = [
    "IdempotencyKeyReused",
    "IdempotencyRecord",
    "IdempotentMixin",
    "RequestInProgress",
]

logger = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

if TYPE_CHECKING:
    _Base = ApiView
else:
    _Base = object


class _AnsweredBefore(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class IdempotentMixin(_Base):
    """Executes a writing request once per user, view and key; later ones get the first answer.

    Answers of 5xx and 429, and all with `Retry-After`, are not kept: the same key may try
    again. Without the header, and for callers that are not logged in, nothing changes.
    """

    # For the OpenAPI document. With a key the body is read even where it has no meaning.
    refusals = (IdempotencyKeyReused, RequestInProgress, InvalidInput, UnsupportedMediaType)
    idempotency_key: str | None = None
    _claim: Claim | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = _offered(request)
        if key is None or request.method not in _METHODS or not request.user.is_authenticated:
            return
        self.idempotency_key = key
        outcome = store.claim(
            owner=request.user.public_id,
            endpoint=f"{request.method} {type(self).__module__}.{type(self).__qualname__}",
            key=key,
            fingerprint=fingerprint(request, kwargs),
            now=timezone.now(),
        )
        if isinstance(outcome, Answer):
            raise _AnsweredBefore(outcome)
        self._claim = outcome

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _AnsweredBefore):
            # Django's own response: DRF leaves its bytes alone.
            return _again(exc.answer)  # type: ignore[return-value]
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self._claim is not None:
            try:
                _settle(self._claim, final)
            except DatabaseError:
                # The request itself is done, and its service has stored the key as well.
                logger.exception("the answer of an idempotent request was not kept")
        return final


def fingerprint(request: Request, kwargs: dict[str, Any]) -> str:
    """SHA-256 over path parameters, query and parsed body, files by content.

    Multipart boundaries, the order of fields and white space in JSON make no difference.
    """
    data = request.data
    body: Any = _form(data) if isinstance(data, QueryDict) else data
    query = sorted((name, values) for name, values in request.query_params.lists())
    canonical = json.dumps([sorted(kwargs.items()), query, body], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _form(data: QueryDict) -> list[tuple[str, list[Any]]]:
    return sorted((name, [_content(value) for value in values]) for name, values in data.lists())


def _content(value: Any) -> Any:
    if isinstance(value, str):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return {"sha256": digest.hexdigest()}


def _offered(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInput(f"{HEADER} must be 1 to 255 printable ASCII characters")
    return key


def _again(answer: Answer) -> HttpResponse:
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=answer.content_type,
        headers={REPLAYED: "true"},
    )


def _settle(claim: Claim, response: HttpResponseBase) -> None:
    if _may_pass(response) or response.streaming:
        store.abandon(claim)
        return
    assert isinstance(response, HttpResponse)  # noqa: S101 - every other kind streams
    if isinstance(response, Response):
        response.render()
    content_type = response.headers.get("Content-Type", "")
    store.store(claim, Answer(response.status_code, response.content.decode(), content_type))


def _may_pass(response: HttpResponseBase) -> bool:
    """True for errors after which the same request may succeed later."""
    status = response.status_code
    return status >= 500 or status == 429 or "Retry-After" in response.headers
