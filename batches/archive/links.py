"""Storage key of a batch's archive, and the signed address for its owner."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from batches.models import Batch
from common.http import media

ROOT = "batches"


def archive_key(batch: Batch, token: UUID) -> str:
    """The object that the holder of `token` writes, under a name that only it has."""
    return f"{prefix(batch)}{token.hex}.zip"


def prefix(batch: Batch) -> str:
    """Prefix of the keys of all objects of this batch, half-written ones included."""
    return f"{ROOT}/{batch.public_id}-"


def zip_path(batch_id: str) -> str:
    """`batches/batch_1.zip`, the path that the API names."""
    return f"{ROOT}/{batch_id}.zip"


def zip_url(batch: Batch, *, now: datetime, lifetime_s: int | None = None) -> str | None:
    """The path of the archive, open to anyone who has it; None while there is no archive.

    The link works for `lifetime_s` seconds (default: `MEDIA_URL_LIFETIME_S`).
    """
    if not batch.zip_key:
        return None
    return media.sign(zip_path(batch.public_id), now=now, lifetime_s=lifetime_s)


def kept_until(batch: Batch, *, now: datetime) -> datetime:
    """The time at which the archive is deleted; None unless the batch has ended."""
    return (batch.completed_at or now) + timedelta(hours=settings.RETENTION_RESULTS_H)


def lasting_address(batch: Batch, *, now: datetime) -> str | None:
    """The archive's absolute address, open to anyone who has it for as long as it is kept: news of
    a batch may be read days later. None while there is no archive.
    """
    lifetime_s = max(1, int((kept_until(batch, now=now) - now).total_seconds()))
    path = zip_url(batch, now=now, lifetime_s=lifetime_s)
    return f"{settings.BASE_URL}{path}" if path else None
