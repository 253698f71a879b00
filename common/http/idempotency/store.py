"""The table of idempotency keys: who runs a request, and what it answered."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from common.http.errors import ApiError, ErrorCode
from common.models import IdempotencyRecord

KEPT = timedelta(hours=24)
# Added to the longest that a request may take, before its lock counts as abandoned.
GRACE_S = 60


class IdempotencyKeyReused(ApiError):
    code, status = ErrorCode.IDEMPOTENCY_KEY_REUSED, 409
    message = "This Idempotency-Key was already used with a different request"


class RequestInProgress(ApiError):
    code, status = ErrorCode.REQUEST_IN_PROGRESS, 409
    message = "A request with this Idempotency-Key is still being processed"


class Keyed(Protocol):
    """A row that was made by a request with an idempotency key."""

    public_id: str
    fingerprint: str


Row = TypeVar("Row", bound=Keyed)


@dataclass(frozen=True)
class Answer:
    """A finished answer, to be given again byte for byte."""

    status: int
    body: str
    content_type: str


@dataclass(frozen=True)
class Claim:
    """The right to execute a request; `lock` goes stale when another process takes over."""

    record_id: int
    lock: uuid.UUID


def claim(
    *, owner: str, endpoint: str, key: str, fingerprint: str, now: datetime
) -> Claim | Answer:
    """Write the record first: the request is ours to execute, or was answered before.

    Raises `RequestInProgress` and `IdempotencyKeyReused` (409).
    """
    lock = uuid.uuid4()
    try:
        with transaction.atomic():
            record = IdempotencyRecord.objects.create(
                owner=owner,
                endpoint=endpoint,
                key=key,
                fingerprint=fingerprint,
                lock=lock,
                locked_until=_lock_end(now),
                created_at=now,
            )
    except IntegrityError:
        return _existing(owner=owner, endpoint=endpoint, key=key, fingerprint=fingerprint, now=now)
    return Claim(record.pk, lock)


def store(claim: Claim, answer: Answer) -> None:
    """Keep the answer, unless another process has taken the request over."""
    _held(claim).update(status=answer.status, body=answer.body, content_type=answer.content_type)


def abandon(claim: Claim) -> None:
    """Forget the key, so that the same request may be sent again."""
    _held(claim).delete()


def forget(*, owner: str) -> None:
    """Erase every answer kept for `owner`."""
    IdempotencyRecord.objects.filter(owner=owner).delete()


def same_request(found: Row | None, *, key: str | None, fingerprint: str, label: str) -> Row | None:
    """The row that was found under `key`, unless another request made it.

    Raises `IdempotencyKeyReused` (409), which names the row by `label`.
    """
    if found is not None and found.fingerprint != fingerprint:
        raise IdempotencyKeyReused(details={"key": key, label: found.public_id})
    return found


def clear_old_keys(rows: QuerySet[Any], *, now: datetime) -> None:
    """Clear the idempotency keys that rows of jobs or batches have had for longer than `KEPT`.

    The answer under such a key is no longer kept either, so the key may be used anew.
    """
    old = rows.filter(idempotency_key__isnull=False, created_at__lt=now - KEPT)
    old.update(idempotency_key=None, fingerprint="")


def purge(*, now: datetime) -> int:
    """Delete what is older than `KEPT` and not running; return how many rows went."""
    old = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT)
    return old.filter(Q(status__isnull=False) | Q(locked_until__lt=now)).delete()[0]


def _existing(
    *, owner: str, endpoint: str, key: str, fingerprint: str, now: datetime
) -> Claim | Answer:
    record = IdempotencyRecord.objects.filter(owner=owner, endpoint=endpoint, key=key).first()
    if record is None:
        # The holder failed and abandoned the key between our insert and our look.
        raise RequestInProgress(headers={"Retry-After": "1"})
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused(details={"key": key})
    if record.status is not None:
        return Answer(record.status, record.body, record.content_type)
    return _take_over(record, now=now)


def _take_over(record: IdempotencyRecord, *, now: datetime) -> Claim:
    lock = uuid.uuid4()
    taken = IdempotencyRecord.objects.filter(
        pk=record.pk, lock=record.lock, status__isnull=True, locked_until__lt=now
    ).update(lock=lock, locked_until=_lock_end(now))
    if not taken:
        raise RequestInProgress(headers={"Retry-After": "1"})
    return Claim(record.pk, lock)


def _held(claim: Claim) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(
        pk=claim.record_id, lock=claim.lock, status__isnull=True
    )


def _lock_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.SINGLE_TIMEOUT_S + GRACE_S)
