"""The rows of a new batch, written at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.services import PricingType
from common.http.errors import ApiError
from removal import keys, model_choice
from removal.lifecycle import JobStatus
from removal.models import Job
from removal.options import OptionFields
from removal.settlement import failure

_CHUNK = 250


@dataclass(frozen=True)
class NewImage:
    """One image of a batch, its file already stored under `original_key`.

    `size` in bytes, `width` and `height` in pixels, `price` in credits. `error` marks an image
    that cannot be worked on: it has no file, and its row has failed from the start.
    """

    job_id: str
    filename: str
    price: int
    size: int
    original_key: str
    width: int
    height: int
    format: str
    error: ApiError | None = None


def create(
    *,
    user_id: int,
    batch_id: int,
    images: Sequence[NewImage],
    tier: str,
    fields: OptionFields,
    background_key: str,
    source: str,
    request_id: str,
    now: datetime,
) -> None:
    """Insert one row for each image, in order, within the caller's transaction; no dispatch.

    The model that the tier has now is written down, so that one that arrives meanwhile does not
    change the batch halfway.
    """
    shared: dict[str, Any] = {
        "user_id": user_id,
        "batch_id": batch_id,
        "tier": tier,
        "usual_model": model_choice.usual(tier),
        "options": fields,
        "background_key": background_key,
        "source": source,
        "request_id": request_id,
        "pricing_type": PricingType.CREDITS,
        "created_at": now,
        "available_at": now,
    }
    rows = [
        Job(position=position, **_own(image, now), **shared)
        for position, image in enumerate(images)
    ]
    Job.objects.bulk_create(rows, batch_size=_CHUNK)


def _own(image: NewImage, now: datetime) -> dict[str, Any]:
    ended: dict[str, Any] = {}
    if image.error is not None:
        ended = {"status": JobStatus.FAILED, "completed_at": now, **failure(image.error)}
    return {
        "public_id": image.job_id,
        "filename": keys.safe_filename(image.filename),
        "price": image.price,
        "original_key": image.original_key,
        "original_size": image.size,
        "width": image.width,
        "height": image.height,
        "format": image.format,
        **ended,
    }
