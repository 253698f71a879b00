"""Reading uploads, always within what one customer owns."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from batches.models import Upload
from batches.uploads.errors import NoSuchUploads


class UploadStatus(StrEnum):
    """`pending`: the file has not arrived; `fetching`: workers will get it from its address."""

    PENDING = "pending"
    FETCHING = "fetching"
    FAILED = "failed"
    UPLOADED = "uploaded"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Outstanding:
    """Uploads that were announced, have not expired and were not used; `size` in bytes."""

    count: int
    size: int


def owned(*, user_id: int, upload_id: str) -> Upload:
    """Raises NotFound for an upload that does not exist or belongs to somebody else."""
    upload = Upload.objects.filter(user_id=user_id, public_id=upload_id).first()
    if upload is None:
        raise NoSuchUploads([upload_id])
    return upload


def among(*, user_id: int, upload_ids: Collection[str]) -> QuerySet[Upload]:
    return Upload.objects.filter(user_id=user_id, public_id__in=upload_ids)


def outstanding(*, user_id: int, now: datetime) -> Outstanding:
    waiting = open_uploads(user_id=user_id, now=now).order_by()
    found = waiting.aggregate(count=Count("pk"), size=Coalesce(Sum("size"), 0))
    return Outstanding(found["count"], found["size"])


def open_uploads(*, user_id: int, now: datetime) -> QuerySet[Upload]:
    """Uploads that were announced, have not expired and were not used, in order of announcement."""
    mine = Upload.objects.filter(user_id=user_id, used_at__isnull=True, expires_at__gt=now)
    return mine.order_by("pk")


def status_of(upload: Upload, *, now: datetime) -> UploadStatus:
    """State of an upload by its row alone; call `services.note_arrivals` first."""
    if upload.used_at is not None:
        return UploadStatus.USED
    if upload.expires_at <= now:
        return UploadStatus.EXPIRED
    if upload.failed_at is not None:
        return UploadStatus.FAILED
    if upload.arrived_at is not None:
        return UploadStatus.UPLOADED
    return UploadStatus.FETCHING if upload.source_url else UploadStatus.PENDING


def may_have_arrived(upload: Upload, *, now: datetime) -> bool:
    """True for one whose file may lie in storage without our knowing."""
    return status_of(upload, now=now) is UploadStatus.PENDING
