"""Stripe client: the only module that imports Stripe's package.

It handles keys, timeouts, signatures and errors; `gateway` defines the calls.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import stripe
from django.conf import settings
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from billing.stripe import mappers
from billing.stripe.cleaning import clean
from billing.stripe.errors import (
    NoSuchObject,
    OutcomeUnknown,
    PaymentActionRequired,
    PaymentFailed,
    PaymentsNotConfigured,
    StripeBroken,
    StripeConflict,
    StripeRefused,
    StripeUnavailable,
)
from billing.stripe.types import RemoteEvent

logger = logging.getLogger(__name__)

# The API version that this package is written for. Webhook endpoints must use the same version.
API_VERSION = "2026-10-28.endive"

_NEEDS_CUSTOMER = {
    "authentication_required",
    "invoice_payment_intent_requires_action",
    "subscription_payment_intent_requires_action",
}

# Whether a change may have happened at Stripe since `watched` began; None outside of it.
_may_have_changed: ContextVar[bool | None] = ContextVar("may_have_changed", default=None)

_T = TypeVar("_T")


class BadSignature(Exception):
    """A webhook whose signature is missing, wrong or too old."""


def verified_event(*, body: bytes, signature: str | None) -> RemoteEvent:
    """The verified event of a webhook's raw body.

    Raises `BadSignature`, and `ValueError` for a signed body that is no event.
    """
    text = body.decode()
    secrets = [word.strip() for word in settings.STRIPE_WEBHOOK_SECRET.split(",") if word.strip()]
    if not secrets:
        raise PaymentsNotConfigured()
    # The package compares text that may only be ASCII.
    if signature and not signature.isascii():
        raise BadSignature()
    if not any(_signed_with(secret, text, signature) for secret in secrets):
        raise BadSignature()
    return mappers.event(mappers.parse(text))


def _signed_with(secret: str, text: str, signature: str | None) -> bool:
    try:
        stripe.WebhookSignature.verify_header(
            text, signature, secret, settings.STRIPE_WEBHOOK_TOLERANCE_S
        )
    except stripe.SignatureVerificationError:
        return False
    return True


class _Line(stripe.RequestsClient):
    """HTTP client that records whether Stripe may have carried out a change, over every retry of a
    call.
    """

    # The package's own client differs from its base in the same way.
    def request(  # type: ignore[override]
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = super().request(method, url, headers, post_data)
        except stripe.APIConnectionError as error:
            _remember(method, done=not _never_left(error))
            raise
        _remember(method, done=not 400 <= answer[1] < 500)
        return answer


def _remember(method: str, *, done: bool) -> None:
    if done and method.lower() != "get":
        _may_have_changed.set(True)


def _never_left(error: stripe.APIConnectionError) -> bool:
    """Return whether the request was certainly never sent, because no connection was made."""
    words = error.__cause__.args if error.__cause__ else ()
    reason = getattr(words[0], "reason", None) if words else None
    return isinstance(reason, ConnectTimeoutError | NewConnectionError)


@contextmanager
def watched() -> Iterator[None]:
    """Context manager: an error that ends the block tells whether a change may have been made in
    it.

    A block inside another is a part of it.
    """
    if _may_have_changed.get() is not None:
        yield
        return
    token = _may_have_changed.set(False)
    try:
        yield
    finally:
        _may_have_changed.reset(token)


@cache
def _client_for(api_key: str, base: str, timeout_s: float, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": base},
        max_network_retries=retries,
        http_client=_Line(timeout=timeout_s),
    )


def client() -> stripe.StripeClient:
    """The configured client; raises `PaymentsNotConfigured` without a key."""
    if not settings.STRIPE_SECRET_KEY:
        raise PaymentsNotConfigured()
    return _client_for(
        settings.STRIPE_SECRET_KEY,
        settings.STRIPE_API_BASE,
        settings.STRIPE_TIMEOUT_S,
        settings.STRIPE_RETRIES,
    )


def call(ask: Callable[[Any], Any], read: Callable[[Mapping[str, Any]], _T]) -> _T:
    """Make one API call and return the answer's JSON. Raises the errors of `translated`."""
    api = client().v1
    with translated():
        return read(plain(ask(api)))


def plain(answer: stripe.StripeObject) -> dict[str, Any]:
    """The JSON of an answer, as far as it can be stored."""
    cleaned: dict[str, Any] = clean(answer.to_dict(for_json=True))
    return cleaned


@contextmanager
def translated() -> Iterator[None]:
    """Translate the package's errors into ours: see `billing.stripe.errors`."""
    with watched(), _in_our_words():
        yield


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.IdempotencyError as error:
        # The key was used for another request, so nothing was changed now and the key is spent.
        raise StripeConflict() from error
    except stripe.InvalidRequestError as error:
        kind: type[StripeRefused] = StripeRefused
        if error.code == "resource_missing":
            kind = NoSuchObject
        raise kind(
            error.user_message or StripeRefused.message, code=error.code, field=error.param
        ) from error
    except stripe.StripeError as error:
        # Connection, timeout, 5xx, 429 or a wrong key: the caller can do nothing about any of them.
        logger.warning("Stripe did not answer: %s: %s", type(error).__name__, error)
        if (error.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise StripeBroken() from error
        unknown = _may_have_changed.get() or _under_way(error)
        raise (OutcomeUnknown if unknown else StripeUnavailable)() from error


def _under_way(error: stripe.StripeError) -> bool:
    """Return whether Stripe is still processing the same request under the same key."""
    # The package sets `error.code` for some statuses only, and 409 is none of them.
    return error.error is not None and error.error.code == "idempotency_key_in_use"


def _declined(error: stripe.CardError) -> PaymentFailed | PaymentActionRequired:
    if error.code in _NEEDS_CUSTOMER:
        return PaymentActionRequired()
    decline_code = error.error.decline_code if error.error else None
    return PaymentFailed(error.user_message, reason=error.code, decline_code=decline_code)
