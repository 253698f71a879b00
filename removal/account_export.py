"""The part of an account's data export that concerns removals."""

from collections.abc import Iterable

from common.account_export import File, table
from common.users import UserRef
from removal.models import Job

_JOB = {
    "id": "public_id",
    "fileName": "filename",
    "status": "status",
    "tier": "tier",
    "options": "options",
    "source": "source",
    "bytes": "original_size",
    "width": "width",
    "height": "height",
    "format": "format",
    "resultBytes": "result_size",
    "resultFormat": "result_format",
    "model": "model_name",
    "pricing": "pricing_type",
    "creditsUsed": "credits_used",
    "error": "error_code",
    "webhookUrl": "webhook_url",
    "createdAt": "created_at",
    "completedAt": "completed_at",
    "filesDeletedAt": "expired_at",
    "erasedAt": "erased_at",
}


def files(*, user: UserRef) -> Iterable[File]:
    """Every picture, of singles and of batches; the pictures themselves are not in the export."""
    yield table("pictures.csv", Job.objects.filter(user_id=user.pk).order_by("created_at"), _JOB)
