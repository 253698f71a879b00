"""The right to write the archive of a batch: a lease on its row, with a token as the fence.

Without a holder `lease_expires_at` is when the next one may try: every failure waits longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from batches.lifecycle import BatchStatus
from batches.models import Batch

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
# Longer than a ring usually waits for a worker; a second one is harmless.
_RING_AGAIN = timedelta(minutes=1)
_MOST = 500


@dataclass(frozen=True)
class Lease:
    """`attempts` counts this one, from 1."""

    batch: Batch
    token: UUID
    attempts: int

    @property
    def is_too_late(self) -> bool:
        """Whether the attempts were used up before this one."""
        return self.attempts > settings.ARCHIVE_MAX_ATTEMPTS

    @property
    def is_last(self) -> bool:
        return self.attempts >= settings.ARCHIVE_MAX_ATTEMPTS


def take(*, batch_id: int, now: datetime) -> Lease | None:
    """The lease, for whoever comes first; None when nothing is to be written, or not now."""
    token = uuid4()
    taken = (
        _free(now)
        .filter(pk=batch_id)
        .update(
            lease_token=token,
            lease_expires_at=now + _length(),
            zip_attempts=F("zip_attempts") + 1,
        )
    )
    if not taken:
        return None
    batch = Batch.objects.get(pk=batch_id)
    return Lease(batch=batch, token=token, attempts=batch.zip_attempts)


def renew(lease: Lease, *, now: datetime) -> bool:
    """Whether the lease is still ours; it then lasts anew from `now`."""
    return bool(_held(lease).update(lease_expires_at=now + _length()))


def give_back(lease: Lease, *, now: datetime) -> None:
    """Let somebody try again, after a pause that doubles with every attempt."""
    pause = min(_FIRST_PAUSE * 2 ** (lease.attempts - 1), _LONGEST_PAUSE)
    _held(lease).update(lease_token=None, lease_expires_at=now + pause)


def due(*, now: datetime) -> Sequence[int]:
    """Batches whose archive nobody writes; notes that their ring is sounded now."""
    unheard = Q(rung_at__lte=now - _RING_AGAIN) | Q(rung_at__lt=F("lease_expires_at"))
    with transaction.atomic():
        rows = _free(now).filter(unheard).select_for_update(skip_locked=True)
        found = list(rows.order_by("rung_at").values_list("pk", flat=True)[:_MOST])
        Batch.objects.filter(pk__in=found).update(rung_at=now)
    return found


def interval() -> timedelta:
    """How often the holder renews."""
    return _length() / 4


def _length() -> timedelta:
    return timedelta(seconds=settings.LEASE_S)


def _free(now: datetime) -> QuerySet[Batch]:
    nobody = Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lte=now)
    return Batch.objects.filter(nobody, status=BatchStatus.ZIPPING)


def _held(lease: Lease) -> QuerySet[Batch]:
    return Batch.objects.filter(
        pk=lease.batch.pk, status=BatchStatus.ZIPPING, lease_token=lease.token
    )
