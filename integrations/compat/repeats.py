"""Joining repeated requests: clients of other services send a request again without any key when
an answer takes too long, and must neither wait for nor pay for a second removal.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from common.users import UserRef
from integrations.compat.models import Repeat
from removal import lifecycle, queries
from removal.intake import RemovalRequest
from removal.services import Job

# After this long without a word nobody comes back for the answer.
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Policy:
    """How long a request that got no answer may be joined after its job has ended."""

    window: timedelta = timedelta(minutes=10)


DEFAULT = Policy()


@dataclass(frozen=True)
class Attempt:
    """One request under way; `key` is the idempotency key of the job that it gets or joins."""

    repeat_id: int
    token: uuid.UUID
    key: str


def begin(
    *, user: UserRef, caller: str, order: RemovalRequest, policy: Policy = DEFAULT, now: datetime
) -> Attempt:
    """Find the request that this one repeats, or write down a new one.

    `caller` is the API key that was used: the same order with another key is another request.
    """
    parts = (order.source, caller, order.fingerprint())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    repeat, is_new = Repeat.objects.get_or_create(
        user_id=user.pk, digest=digest, defaults={"seen_at": now}
    )
    if not is_new:
        repeat = _again(repeat, order.source, policy, now)
    return Attempt(repeat.pk, repeat.token, _key(order.source, repeat.token))


def answered(attempt: Attempt) -> None:
    """The answer has been sent: the same request again is a new one."""
    Repeat.objects.filter(pk=attempt.repeat_id, token=attempt.token).delete()


def purge(*, now: datetime) -> int:
    """Delete what nobody came back for; returns how many rows went."""
    return Repeat.objects.filter(seen_at__lt=now - KEPT).delete()[0]


def _again(repeat: Repeat, source: str, policy: Policy, now: datetime) -> Repeat:
    """The row of the request that is joined, or made anew when it is too late for that."""
    job = queries.by_idempotency_key(user_id=repeat.user_id, key=_key(source, repeat.token))
    changes = {"seen_at": now}
    if job is not None and _is_over(job, repeat.seen_at, policy, now):
        changes["token"] = uuid.uuid4()  # type: ignore[assignment]
    # Whoever comes second takes what the first has changed.
    Repeat.objects.filter(Q(pk=repeat.pk, token=repeat.token)).update(**changes)
    return (
        Repeat.objects.filter(pk=repeat.pk).first()
        or Repeat.objects.get_or_create(
            user_id=repeat.user_id, digest=repeat.digest, defaults={"seen_at": now}
        )[0]
    )


def _is_over(job: Job, seen_at: datetime, policy: Policy, now: datetime) -> bool:
    if not lifecycle.is_terminal(job.status) or job.completed_at is None:
        return False
    if job.status == lifecycle.JobStatus.COMPLETED and not job.published_key:
        return True
    return max(job.completed_at, seen_at) + policy.window < now


def _key(source: str, token: uuid.UUID) -> str:
    return f"{source}:{token.hex}"
