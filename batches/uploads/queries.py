"""Reading uploads, always within what one customer owns."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from batches.uploads.errors import NoSuchUploads
from batches.uploads.models import Upload
from common import storage


class UploadStatus(StrEnum):
    PENDING = "pending"
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
    waiting = Upload.objects.filter(user_id=user_id, used_at__isnull=True, expires_at__gt=now)
    found = waiting.aggregate(count=Count("pk"), size=Coalesce(Sum("size"), 0))
    return Outstanding(found["count"], found["size"])


def status_of(upload: Upload, *, now: datetime) -> UploadStatus:
    """Asks storage whether the file has arrived."""
    if upload.used_at is not None:
        return UploadStatus.USED
    if upload.expires_at <= now:
        return UploadStatus.EXPIRED
    return UploadStatus.UPLOADED if storage.exists(upload.key) else UploadStatus.PENDING
