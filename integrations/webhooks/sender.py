"""Sender of due deliveries; holds no transaction while a receiver is called."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
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
from integrations.models import Attempt, Delivery
from integrations.webhooks import (
    catalogue,
    endpoints,
    health,
    outbox,
    relay,
    secrets,
    signing,
)
from integrations.webhooks.claims import Claimer

logger = logging.getLogger(__name__)

# Attempts under way in one worker.
AT_ONCE = 64
# How often a worker looks for what has become due while attempts are under way.
_POLL_S = 0.05
# Outcomes that are stored before a worker looks for new work again.
_FINISHED_AT_ONCE = 4
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
    wished_s: int = 0

    @property
    def gone(self) -> bool:
        """True if the receiver says that nothing more is to be sent there."""
        return self.status == HTTPStatus.GONE


@dataclass(frozen=True)
class _Request:
    """A claimed delivery under way."""

    delivery: Delivery
    headers: Mapping[str, str]
    began: datetime


def deliver_due(*, clock: Callable[[], datetime], for_s: float) -> int:
    """Relay events and send due deliveries until there is nothing to do or `for_s` seconds have
    passed, and wait for the attempts then under way.

    Each attempt that ends makes room for the next, so a slow receiver holds up no other. Returns
    how many attempts were made.
    """
    ends = time.monotonic() + for_s
    claimer = Claimer()
    flights: dict[Future[Outcome], _Request] = {}
    made = relayed = 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        while True:
            relayed = 0
            if time.monotonic() < ends:
                relayed = relay.run(now=clock())
                requests = _claimed(claimer, clock(), limit=AT_ONCE - len(flights))
                made += len(requests)
                for request in requests:
                    flights[threads.submit(attempt, request.delivery, request.headers)] = request
            if not flights and not relayed:
                return made
            # While events wait to be relayed, that goes on at once.
            patience = 0 if relayed else _POLL_S
            done, _ = wait(flights, timeout=patience, return_when=FIRST_COMPLETED)
            # What else has ended waits a moment, so that new work is not kept waiting by it.
            for flight in list(done)[:_FINISHED_AT_ONCE]:
                _finish(flights.pop(flight), flight.result(), now=clock())


def _claimed(claimer: Claimer, now: datetime, *, limit: int) -> list[_Request]:
    claimed = claimer.claim(now=now, limit=limit) if limit else []
    prefetch_related_objects(claimed, "endpoint", "partner")
    for delivery in claimed:
        if delivery.partner is not None:
            # An operator may have changed the partner's address while the result waited.
            delivery.url = delivery.partner.results_url
    return [_Request(delivery, _headers(delivery, now), now) for delivery in claimed]


def _finish(request: _Request, outcome: Outcome, *, now: datetime) -> None:
    """Store an outcome, and then what it says about the endpoint."""
    try:
        _note(request, outcome, now=now)
    except LeaseLost:
        logger.info(
            "lease of delivery %s lost: it was replayed, erased or claimed by another worker",
            request.delivery.public_id,
        )
        return
    endpoint = request.delivery.endpoint
    if endpoint is None:
        return
    if outcome.ok:
        health.note_success(endpoint)
    elif request.delivery.event != catalogue.TEST:
        health.note_failure(endpoint, gone=outcome.gone, now=now)


def attempt(delivery: Delivery, headers: Mapping[str, str]) -> Outcome:
    """POST the event once; every error becomes an outcome."""
    began = time.monotonic()
    outcome = _post(delivery, headers)
    return replace(outcome, duration_ms=round((time.monotonic() - began) * 1000))


def _post(delivery: Delivery, headers: Mapping[str, str]) -> Outcome:
    if delivery.partner is not None and not delivery.partner.active:
        return Outcome(ok=False, error="The partner is not connected")
    if not headers:
        return Outcome(ok=False, error="The secret cannot be read; rotate it")
    try:
        answer = fetch.post(
            delivery.url,
            body=delivery.body.encode(),
            headers=headers,
            policy=_policy(delivery),
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
        wished_s=_seconds(answer.headers),
    )


def _headers(delivery: Delivery, now: datetime) -> dict[str, str]:
    """The headers of a request; none when the secret cannot be decrypted or cannot sign, so that
    only this delivery fails and not the round of all accounts.
    """
    try:
        signatures = signing.headers(
            # Rows of the previous release are named by their own identifier.
            event_id=delivery.webhook_id or delivery.public_id,
            timestamp=int(now.timestamp()),
            body=delivery.body.encode(),
            secrets=_secrets(delivery, now),
        )
    except (CannotDecrypt, ValueError):
        logger.error("the secret of delivery %s cannot be used", delivery.public_id)
        return {}
    origin = {"X-Request-Id": delivery.request_id} if delivery.request_id else {}
    return {"Content-Type": "application/json", **origin, **signatures}


def _policy(delivery: Delivery) -> fetch.FetchPolicy:
    """The policy of the call; an operator may have opened a partner's own private address."""
    if delivery.partner is not None and delivery.partner.allow_private:
        return callbacks.private_policy(delivery.url)
    return callbacks.policy(delivery.url)


def _secrets(delivery: Delivery, now: datetime) -> list[str]:
    if delivery.partner is not None:
        return [delivery.partner.webhook_secret]
    if delivery.endpoint is not None:
        return endpoints.signing_secrets(delivery.endpoint, now=now)
    return [one.secret for one in secrets.valid(user_id=delivery.user_id, now=now)]


@transaction.atomic
def _note(request: _Request, outcome: Outcome, *, now: datetime) -> None:
    """Store an attempt and what becomes of its delivery. Raises `LeaseLost` and stores nothing."""
    delivery = request.delivery
    shown: dict[str, Any] = {
        "response_status": outcome.status,
        "response_excerpt": outcome.excerpt,
        "duration_ms": outcome.duration_ms,
    }
    row = {**shown, "url": delivery.url}
    if outcome.ok:
        outbox.delivered(delivery, row, now=now)
    else:
        logger.info("delivery %s failed: %s", delivery.public_id, outcome.error)
        final = outcome.gone or delivery.event == catalogue.TEST
        outbox.failed(
            delivery, row, error=outcome.error, final=final, wished_s=outcome.wished_s, now=now
        )
    Attempt.objects.create(
        delivery=delivery,
        at=request.began,
        request_headers=dict(request.headers),
        error=delivery.last_error,
        **shown,
    )
    ATTEMPTS.labels("delivered" if outcome.ok else "failed").inc()


def _seconds(headers: Mapping[str, str]) -> int:
    """`Retry-After` in seconds; 0 for dates and for text that is no number."""
    wished = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return int(wished) if wished.isascii() and wished.isdigit() and len(wished) < 9 else 0
