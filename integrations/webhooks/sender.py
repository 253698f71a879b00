"""Sender of due deliveries; holds no transaction while a receiver is called."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects

from common.encryption import CannotDecrypt
from common.http.errors import ApiError
from common.observability import metrics
from common.outbound import callbacks, fetch
from common.workqueue import LeaseLost
from integrations.webhooks import catalogue, endpoints, outbox, secrets, signing
from integrations.webhooks.models import Attempt, Delivery

logger = logging.getLogger(__name__)

AT_ONCE = 16
_EXCERPT = 1024
ATTEMPTS = metrics.counter("webhook_attempts_total", "Webhook deliveries tried", ["outcome"])


@dataclass(frozen=True)
class Outcome:
    """The outcome of one attempt; `status` is the receiver's, if it answered."""

    ok: bool
    duration_ms: int = 0
    error: str = ""
    status: int | None = None
    excerpt: str = ""
    final: bool = False
    wished_s: int = 0


def deliver_due(*, clock: Callable[[], datetime], for_s: float) -> int:
    """Send due deliveries, `AT_ONCE` at a time, until none is due or `for_s` seconds have passed.

    Returns how many attempts were made.
    """
    ends = time.monotonic() + for_s
    made = 0
    while time.monotonic() < ends and (claimed := outbox.QUEUE.claim(now=clock(), limit=AT_ONCE)):
        made += len(claimed)
        _deliver(claimed, clock)
    return made


def _deliver(claimed: list[Delivery], clock: Callable[[], datetime]) -> None:
    now = clock()
    prefetch_related_objects(claimed, "endpoint")
    requests = [(delivery, _headers(delivery, now)) for delivery in claimed]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        outcomes = list(threads.map(lambda one: attempt(*one), requests))
    for (delivery, headers), outcome in zip(requests, outcomes, strict=True):
        try:
            _note(delivery, headers, outcome, began=now, now=clock())
        except LeaseLost:
            logger.info(
                "lease of delivery %s lost: it was replayed, erased or claimed by another worker",
                delivery.public_id,
            )


def attempt(delivery: Delivery, headers: Mapping[str, str]) -> Outcome:
    """POST the event once; every error becomes an outcome."""
    began = time.monotonic()
    outcome = _post(delivery, headers)
    return replace(outcome, duration_ms=round((time.monotonic() - began) * 1000))


def _post(delivery: Delivery, headers: Mapping[str, str]) -> Outcome:
    if not headers:
        return Outcome(ok=False, error="The secret cannot be read; rotate it")
    try:
        answer = fetch.post(
            delivery.url,
            body=delivery.body.encode(),
            headers=headers,
            policy=callbacks.policy(delivery.url),
        )
    except ApiError as problem:
        return Outcome(ok=False, error=problem.message)
    except Exception as problem:
        # An unexpected error at one address must not stop the other deliveries of the round.
        logger.exception("delivery %s failed with an unexpected error", delivery.public_id)
        return Outcome(ok=False, error=type(problem).__name__)
    excerpt = answer.excerpt.decode(errors="replace").replace("\0", "")[:_EXCERPT]
    if 200 <= answer.status < 300:
        return Outcome(ok=True, status=answer.status, excerpt=excerpt)
    return Outcome(
        ok=False,
        error=f"The address answered with status {answer.status}",
        status=answer.status,
        excerpt=excerpt,
        final=answer.status == HTTPStatus.GONE,
        wished_s=_seconds(answer.headers),
    )


def _headers(delivery: Delivery, now: datetime) -> dict[str, str]:
    """The headers of a request; none when the secret cannot be decrypted."""
    try:
        valid = _secrets(delivery, now)
    except CannotDecrypt:
        logger.exception("the secret of delivery %s cannot be decrypted", delivery.public_id)
        return {}
    origin = {"X-Request-Id": delivery.request_id} if delivery.request_id else {}
    return {
        "Content-Type": "application/json",
        **origin,
        **signing.headers(
            # Rows of the previous release are named by their own identifier.
            event_id=delivery.webhook_id or delivery.public_id,
            timestamp=int(now.timestamp()),
            body=delivery.body.encode(),
            secrets=valid,
        ),
    }


def _secrets(delivery: Delivery, now: datetime) -> list[str]:
    if delivery.endpoint is not None:
        return endpoints.signing_secrets(delivery.endpoint, now=now)
    return [one.secret for one in secrets.valid(user_id=delivery.user_id, now=now)]


@transaction.atomic
def _note(
    delivery: Delivery,
    headers: Mapping[str, str],
    outcome: Outcome,
    *,
    began: datetime,
    now: datetime,
) -> None:
    """Store an attempt and what becomes of its delivery. Raises `LeaseLost` and stores nothing."""
    shown: dict[str, Any] = {
        "response_status": outcome.status,
        "response_excerpt": outcome.excerpt,
        "duration_ms": outcome.duration_ms,
    }
    if outcome.ok:
        outbox.delivered(delivery, shown, now=now)
    else:
        logger.info("delivery %s failed: %s", delivery.public_id, outcome.error)
        final = outcome.final or delivery.event == catalogue.TEST
        outbox.failed(
            delivery, shown, error=outcome.error, final=final, wished_s=outcome.wished_s, now=now
        )
    Attempt.objects.create(
        delivery=delivery,
        at=began,
        request_headers=dict(headers),
        error=delivery.last_error,
        **shown,
    )
    ATTEMPTS.labels("delivered" if outcome.ok else "failed").inc()


def _seconds(headers: Mapping[str, str]) -> int:
    """`Retry-After` in seconds; 0 for dates and for text that is no number."""
    wished = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return int(wished) if wished.isascii() and wished.isdigit() and len(wished) < 9 else 0
