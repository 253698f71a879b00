"""Batches whose images have all ended, as the archive's writer finds them."""

import io
import zipfile
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from batches.models import Batch
from billing import ledger
from common import storage
from common.ids import new_id
from removal import keys
from removal.models import Job
from tests.removal.factories import row

PRICE = 3


def zipping(
    user: User, *, results: list[bytes], failed: int = 0, **fields: Any
) -> tuple[Batch, list[Job]]:
    """A batch with one finished image per result and `failed` others, held and due for its ZIP."""
    total = len(results) + failed
    batch = bare(user, total_images=total, status="zipping", **fields)
    jobs = [_finished(batch, position, data) for position, data in enumerate(results)]
    for position in range(len(results), total):
        jobs.append(
            _row(
                batch,
                position,
                status="failed",
                error_code="INVALID_FILE_TYPE",
                error_message="The image cannot be read",
            )
        )
    return batch, jobs


def bare(user: User, *, total_images: int, **fields: Any) -> Batch:
    """A batch row with its hold, and no images."""
    now = fields.pop("created_at", timezone.now() - timedelta(minutes=5))
    public_id, price = new_id("batch"), PRICE * total_images
    hold = ledger.place_hold(
        user_id=user.pk, credits=price, key=f"batch:{public_id}", reference=public_id
    )
    defaults = {
        "public_id": public_id,
        "tier": "basic",
        "base_credits_per_image": PRICE,
        "base_total": price,
        "discount_percentage": 0,
        "discount_amount": 0,
        "final_total": price,
        "hold_id": hold.pk,
        "created_at": now,
        "started_at": now,
        "last_served_at": now,
        "total_images": total_images,
    }
    return Batch.objects.create(user=user, **{**defaults, **fields})


def archive_of(batch: Batch) -> zipfile.ZipFile:
    """The published archive, read and with every checksum proved."""
    batch.refresh_from_db()
    opened = zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key)))
    assert opened.testzip() is None
    return opened


def stored_archives() -> list[str]:
    """The keys of all archives and drafts of archives."""
    drafts = [f"{draft.key} (draft)" for draft in storage.drafts("batches/")]
    return [key for key, _ in storage.listed("batches/")] + drafts


def _finished(batch: Batch, position: int, data: bytes) -> Job:
    public_id = new_id("job")
    owner: User = batch.user  # type: ignore[assignment]
    key = keys.result_key(owner.public_id, public_id, 1, keys.new_token(), "png")
    storage.put(key, data, content_type="image/png")
    return _row(
        batch,
        position,
        public_id=public_id,
        status="completed",
        filename=f"photo {position}.jpg",
        result_key=key,
        result_size=len(data),
        result_format="png",
        result_width=96,
        result_height=64,
    )


def _row(batch: Batch, position: int, **fields: Any) -> Job:
    shared = {"batch_id": batch.pk, "position": position, "price": PRICE, "filename": "odd.txt"}
    return row(batch.user, **{**shared, **fields})  # type: ignore[arg-type]
