"""The part of an account's data export that concerns batches."""

from collections.abc import Iterable

from batches.models import Batch
from common.account_export import File, table
from common.users import UserRef

_BATCH = {
    "id": "public_id",
    "name": "name",
    "status": "status",
    "tier": "tier",
    "options": "options",
    "images": "total_images",
    "completedImages": "completed_images",
    "failedImages": "failed_images",
    "cancelledImages": "cancelled_images",
    "creditsQuoted": "final_total",
    "creditsUsed": "credits_used",
    "webhookUrl": "webhook_url",
    "createdAt": "created_at",
    "completedAt": "completed_at",
    "erasedAt": "erased_at",
}


def files(*, user: UserRef) -> Iterable[File]:
    rows = Batch.objects.filter(user_id=user.pk).order_by("created_at")
    yield table("batches.csv", rows, _BATCH)
