"""Sender of due deliveries; holds no transaction while a receiver is called."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from common.http.errors import ApiError
from common.observability import metrics
from common.outbound import callbacks, fetch
from common.workqueue import LeaseLost
from integrations.webhooks import outbox, secrets, signing
from integrations.webhooks.models import Delivery

logger = logging.getLogger(__name__)

AT_ONCE = 16
_EXCERPT = 500
ATTEMPTS = metrics.counter("webhook_attempts_total", "Webhook deliveries tried", ["outcome"])


@dataclass(frozen=True)
class Outcome:
    """The outcome of one attempt; `status` is the receiver's, if it answered."""

    ok: bool
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
    signed = [(delivery, _headers(delivery, now)) for delivery in claimed]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        outcomes = list(threads.map(lambda one: attempt(one[0], one[1]), signed))
    for delivery, outcome in zip(claimed, outcomes, strict=True):
        try:
            _note(delivery, outcome, now=clock())
        except LeaseLost:
            logger.info(
                "lease of delivery %s lost: it was replayed, erased or claimed by another worker",
                delivery.public_id,
            )


def attempt(delivery: Delivery, headers: Mapping[str, str]) -> Outcome:
    """POST the event once; every error becomes an outcome."""
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
    valid = secrets.valid(user_id=delivery.user_id, now=now)
    origin = {"X-Request-Id": delivery.request_id} if delivery.request_id else {}
    return {
        "Content-Type": "application/json",
        **origin,
        **signing.headers(
            event_id=delivery.public_id,
            timestamp=int(now.timestamp()),
            body=delivery.body.encode(),
            secrets=[one.secret for one in valid],
        ),
    }


def _note(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    ATTEMPTS.labels("delivered" if outcome.ok else "failed").inc()
    if outcome.ok:
        status = outcome.status or HTTPStatus.OK
        outbox.delivered(delivery, status=status, excerpt=outcome.excerpt, now=now)
        return
    logger.info("delivery %s failed: %s", delivery.public_id, outcome.error)
    outbox.failed(
        delivery,
        error=outcome.error,
        status=outcome.status,
        excerpt=outcome.excerpt,
        final=outcome.final,
        wished_s=outcome.wished_s,
        now=now,
    )


def _seconds(headers: Mapping[str, str]) -> int:
    """`Retry-After` in seconds; 0 for dates and for text that is no number."""
    wished = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return int(wished) if wished.isascii() and wished.isdigit() and len(wished) < 9 else 0
