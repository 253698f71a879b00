"""Images of batches as `batches` makes them, without the batch."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from common import storage
from common.ids import new_id
from removal import bulk, keys
from removal.bulk import NewImage
from removal.models import Job
from tests.removal.factories import NOW, photo


def image(user: User, data: bytes | None = None, **fields: Any) -> NewImage:
    """A new image with its file in storage."""
    content = photo() if data is None else data
    job_id = new_id("job")
    key = keys.original_key(user.public_id, job_id, "jpg")
    storage.put(key, content, content_type="image/jpeg")
    given = {
        "job_id": job_id,
        "filename": "photo.jpg",
        "price": 3,
        "size": len(content),
        "original_key": key,
        "width": 96,
        "height": 64,
        "format": "jpg",
    }
    return NewImage(**{**given, **fields})


def images(user: User, count: int, *, batch_id: int = 1, **fields: Any) -> list[Job]:
    """`count` queued images of one batch, in order."""
    return inserted(user, [image(user) for _ in range(count)], batch_id=batch_id, **fields)


def inserted(user: User, new: Sequence[NewImage], *, batch_id: int = 1, **fields: Any) -> list[Job]:
    defaults = {
        "tier": "basic",
        "fields": {},
        "background_key": "",
        "source": "api",
        "request_id": "req_1",
        "now": NOW,
    }
    bulk.create(user_id=user.pk, batch_id=batch_id, images=new, **{**defaults, **fields})
    return list(bulk.items(batch_id=batch_id))


def states(batch_id: int = 1) -> list[str]:
    """The state of every image, in order."""
    return [job.status for job in bulk.items(batch_id=batch_id)]
