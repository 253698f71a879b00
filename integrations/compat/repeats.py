"""Joining repeated requests: clients of other services send a request again without any key when
an answer takes too long, and must neither wait for nor pay for a second removal.

A surface with a cache also answers a request that was answered before from what is kept of it.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from common.users import UserRef
from integrations.models import Repeat
from removal import lifecycle, queries

# After this long without a request no caller will repeat it.
KEPT = timedelta(days=1)
# Of many copies of one result the newest are enough.
_RESULTS = 10


@dataclass(frozen=True)
class Policy:
    """Policy of a surface: after its end, a request without an answer may be joined for `window`.

    With `cached`, results answer the same request of the account, with whichever key it comes,
    for as long as results are kept.
    """

    window: timedelta = timedelta(minutes=10)
    cached: bool = False


DEFAULT = Policy()
CACHED = Policy(cached=True)


@dataclass(frozen=True)
class Attempt:
    """One request under way; `key` is the idempotency key of the work that it gets or joins.

    `results` name what already holds the result, newest last.
    """

    repeat_id: int
    token: uuid.UUID
    key: str
    policy: Policy
    results: Sequence[str] = ()


@dataclass(frozen=True)
class Ended:
    """End of work that a request may join. With `gone` its result is no longer there."""

    at: datetime
    succeeded: bool
    gone: bool


# From an idempotency key to the end of its work; None if there is no work or it has not ended.
Look = Callable[[str], Ended | None]


def begin(
    *,
    user: UserRef,
    source: str,
    caller: str,
    fingerprint: str,
    look: Look | None = None,
    policy: Policy = DEFAULT,
    now: datetime,
) -> Attempt:
    """Find the request that this one repeats, or write down a new one.

    `caller` is the API key that was used: without a cache, the same request with another key is
    another request. `look` finds the work; by default it is a single job.
    """
    parts = (source, "" if policy.cached else caller, fingerprint)
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    repeat, is_new = Repeat.objects.get_or_create(
        user_id=user.pk, digest=digest, defaults={"seen_at": now}
    )
    if not is_new:
        repeat = _again(repeat, source, policy, look or _look_at_jobs(user.pk), now)
    key = _key(source, repeat.token)
    return Attempt(repeat.pk, repeat.token, key, policy, tuple(repeat.results or ()))


def finished(attempt: Attempt, result: str, *, now: datetime) -> None:
    """Record the public identifier of the result, for surfaces with a cache."""
    if not attempt.policy.cached or result in attempt.results:
        return
    rows = _rows(attempt)
    rows.update(results=[*attempt.results, result][-_RESULTS:])
    rows.filter(cached_at__isnull=True).update(cached_at=now)


def answered(attempt: Attempt) -> None:
    """Note that the answer was sent: without a cache, the same request again is a new one."""
    if not attempt.policy.cached:
        forget(attempt)


def forget(attempt: Attempt) -> None:
    """Drop the record of a request, so that the same one again is a new one."""
    _rows(attempt).delete()


def purge(*, now: datetime) -> int:
    """Delete what was not requested again, and expired cache entries; returns the number."""
    unanswered = Q(cached_at__isnull=True, seen_at__lt=now - KEPT)
    return Repeat.objects.filter(unanswered | Q(cached_at__lt=now - _retention())).delete()[0]


def _rows(attempt: Attempt) -> QuerySet[Repeat]:
    return Repeat.objects.filter(pk=attempt.repeat_id, token=attempt.token)


def _again(repeat: Repeat, source: str, policy: Policy, look: Look, now: datetime) -> Repeat:
    """The row of the request that is joined, or made anew when it is too late for that."""
    changes: dict[str, object] = {"seen_at": now}
    if _is_over(repeat, look(_key(source, repeat.token)), policy, now):
        changes |= {"token": uuid.uuid4(), "results": None, "cached_at": None}
    # Whoever comes second takes what the first has changed.
    Repeat.objects.filter(pk=repeat.pk, token=repeat.token).update(**changes)
    return (
        Repeat.objects.filter(pk=repeat.pk).first()
        or Repeat.objects.get_or_create(
            user_id=repeat.user_id, digest=repeat.digest, defaults={"seen_at": now}
        )[0]
    )


def _is_over(repeat: Repeat, ended: Ended | None, policy: Policy, now: datetime) -> bool:
    if repeat.cached_at is not None:
        return repeat.cached_at + _retention() < now
    if ended is None:
        return False
    if ended.gone:
        return True
    if policy.cached and ended.succeeded:
        return False
    return max(ended.at, repeat.seen_at) + policy.window < now


def _look_at_jobs(user_id: int) -> Look:
    def look(key: str) -> Ended | None:
        job = queries.by_idempotency_key(user_id=user_id, key=key)
        if job is None or not lifecycle.is_terminal(job.status) or job.completed_at is None:
            return None
        succeeded = job.status == lifecycle.JobStatus.COMPLETED
        return Ended(job.completed_at, succeeded, gone=succeeded and not job.published_key)

    return look


def _retention() -> timedelta:
    return timedelta(hours=settings.RETENTION_RESULTS_H)


def _key(source: str, token: uuid.UUID) -> str:
    return f"{source}:{token.hex}"
