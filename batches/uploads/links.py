"""Upload address of a file: the object store's, or our own when files are kept on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from batches.models import Upload
from common import storage
from common.http import signatures

METHOD = "PUT"
_PURPOSE = "batches.uploads"


@dataclass(frozen=True)
class Link:
    """An address that takes one file, once announced; `headers` must be sent with it as they are.

    The Content-Length, which every client sends by itself, must be the announced size.
    """

    url: str
    headers: Mapping[str, str]


def link_to(upload: Upload, *, now: datetime) -> Link:
    lifetime_s = int((upload.expires_at - now).total_seconds())
    elsewhere = storage.presigned_put(
        upload.key, lifetime_s=lifetime_s, content_type=upload.content_type, size=upload.size
    )
    return Link(elsewhere or _own_url(upload), {"Content-Type": upload.content_type})


def is_signed(upload_id: str, *, expires: str, signature: str, now: datetime) -> bool:
    """True for a link with our signature that has not expired."""
    return signatures.is_genuine(_PURPOSE, upload_id, expires=expires, signature=signature, now=now)


def _own_url(upload: Upload) -> str:
    path = reverse("v1:upload-file", kwargs={"upload_id": upload.public_id})
    expires = int(upload.expires_at.timestamp())
    query = signatures.query(_PURPOSE, upload.public_id, expires=expires)
    return f"{settings.BASE_URL}{path}?{query}"
