"""The part of an account's erasure that concerns batches."""

from datetime import datetime

from batches import services
from batches.models import Batch, Upload
from batches.uploads import sweeper
from common.users import UserRef

# Each may have 500 images.
BATCHES_AT_ONCE = 10


def erase(*, user: UserRef, now: datetime) -> bool:
    """A step of `common.account_erasure`: batches with their images, and uploads.

    What runs is cancelled, and paid for as far as it had finished. Raises `OSError` while the
    storage is unavailable.
    """
    kept = Batch.objects.filter(user_id=user.pk, erased_at__isnull=True)
    for batch_id in kept.values_list("public_id", flat=True).order_by("pk")[:BATCHES_AT_ONCE]:
        services.erase(user_id=user.pk, batch_id=batch_id, now=now)
    if kept.exists():
        return False
    uploads = Upload.objects.filter(user_id=user.pk)
    sweeper.forget(uploads)
    if uploads.exists():
        raise OSError("files of uploads could not be deleted")
    return True
