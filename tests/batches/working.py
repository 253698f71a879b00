"""Batches as customers start them, and workers to end them."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from batches import worker
from batches.creation import services as creation
from batches.creation.intake import Incoming
from batches.creation.requests import BatchRequest
from batches.models import Batch
from removal import conf
from removal.engine.probe import probe
from tests.removal.factories import NOW, photo


def incoming(data: bytes | None = None, name: str = "photo.jpg") -> Incoming:
    content = photo() if data is None else data
    return Incoming(
        name, len(content), file=io.BytesIO(content), probe=probe(content, conf.limits())
    )


def started(
    user: User,
    count: int = 3,
    *,
    photos: Sequence[bytes] | None = None,
    now: datetime | None = None,
    **fields: Any,
) -> Batch:
    """A batch of `count` small photos, or of `photos`, as `creation.services.start` leaves it."""
    given = photos or [photo()] * count
    images = [incoming(data, f"photo-{number}.jpg") for number, data in enumerate(given)]
    wanted = BatchRequest(**{"tier": "basic", "fields": {}, "images": images, **fields})
    return creation.start(user=user, request=wanted, now=now or NOW)


def worked(batch: Batch) -> Batch:
    """The same after a chunk worker has been at it."""
    worker.run()
    batch.refresh_from_db()
    return batch
