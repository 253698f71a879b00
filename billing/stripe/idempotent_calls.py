"""Changes at Stripe that happen once, even after a crash or a lost answer.

The intention is committed with its idempotency key before the call. While the call runs, no other
call changes the same subject. When no answer came, the intention stays open: the same one is sent
again under the same key, and Stripe returns its first answer. Only when Stripe itself failed is the
key changed, since Stripe repeats that answer too; callers that must not do a thing twice first
fetch the current state (`Intent.resumed`).
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import StripeCall
from billing.stripe import client
from billing.stripe.errors import OutcomeUnknown, StripeBroken, StripeConflict
from common.http.errors import ApiError

# The lock covers one request at Stripe and the look-ups before it; each request renews it.
LOCK = timedelta(minutes=2)
KEPT = timedelta(days=30)
# Stripe forgets idempotency keys after 24 hours; an older intention gets a new one.
KEY_LIVES = timedelta(hours=23)


@dataclass(frozen=True)
class Intent:
    """An open call.

    `resumed` says that an earlier call of this subject ended without an answer, `repeated` that it
    had this very intention.
    """

    call_id: int
    key: uuid.UUID
    resumed: bool = False
    repeated: bool = False

    def key_for(self, step: str) -> str:
        """The idempotency key of the next request out of those that the call is made of.

        Holds the lock for as long as that may take. Raises `OutcomeUnknown` (503) when the call
        took too long before and another one has taken its place.
        """
        open_call = StripeCall.objects.filter(
            pk=self.call_id, key=self.key, finished_at__isnull=True
        )
        if not open_call.update(locked_until=timezone.now() + LOCK):
            raise OutcomeUnknown()
        return f"{self.key}-{step}"


@contextmanager
def intent(
    *, subject: str, action: str, body: Mapping[str, str], now: datetime
) -> Iterator[Intent]:
    """Context manager that runs the block as the only change of `subject` at Stripe.

    A block that ends, or raises an error of 4xx, has its answer. Any other error leaves the call
    open for another attempt. Raises `StripeConflict` (409) while another one runs.
    """
    opened = _open(subject, action, _fingerprint(action, body), now)
    try:
        with client.watched():
            yield opened
    except StripeBroken:
        _end(opened, None, key=uuid.uuid4())
        raise
    except ApiError as error:
        _end(opened, f"{error.code}: {error.message}" if error.status < 500 else None)
        raise
    except BaseException:
        _end(opened, None)
        raise
    _end(opened, "done")


def purge(*, now: datetime) -> int:
    """Delete calls that finished long ago; returns how many rows were deleted."""
    old = StripeCall.objects.filter(created_at__lt=now - KEPT, finished_at__isnull=False)
    return old.delete()[0]


def _open(subject: str, action: str, fingerprint: str, now: datetime) -> Intent:
    call = StripeCall(
        subject=subject,
        action=action,
        fingerprint=fingerprint,
        key=uuid.uuid4(),
        locked_until=now + LOCK,
        created_at=now,
    )
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        return _take_over(call, now)
    return Intent(call.pk, call.key)


def _take_over(call: StripeCall, now: datetime) -> Intent:
    """Resume a call that no process works on; another intention under the old key would be
    refused.
    """
    with transaction.atomic():
        earlier = (
            StripeCall.objects.select_for_update()
            .filter(subject=call.subject, finished_at__isnull=True)
            .first()
        )
        if earlier is None or earlier.locked_until > now:
            raise StripeConflict(headers={"Retry-After": "2"})
        repeated = earlier.fingerprint == call.fingerprint
        if not repeated or earlier.created_at < now - KEY_LIVES:
            earlier.key, earlier.action = call.key, call.action
            earlier.fingerprint, earlier.created_at = call.fingerprint, now
        earlier.locked_until = now + LOCK
        earlier.save()
    return Intent(earlier.pk, earlier.key, resumed=True, repeated=repeated)


def _end(opened: Intent, outcome: str | None, *, key: uuid.UUID | None = None) -> None:
    """Close the call, or leave it open without an `outcome`, with `key` for the next attempt."""
    mine = StripeCall.objects.filter(pk=opened.call_id, key=opened.key)
    now = timezone.now()
    if outcome is None:
        mine.update(locked_until=now, key=key or opened.key)
    else:
        mine.update(locked_until=now, finished_at=now, outcome=outcome[:200])


def _fingerprint(action: str, body: Mapping[str, str]) -> str:
    canonical = json.dumps([action, sorted(body.items())])
    return hashlib.sha256(canonical.encode()).hexdigest()
