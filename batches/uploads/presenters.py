"""Presenters of uploads."""

from datetime import datetime
from typing import Any

from batches.uploads import links
from batches.uploads.models import Upload
from batches.uploads.queries import UploadStatus
from common.http.errors import timestamp


def slot(upload: Upload, *, now: datetime) -> dict[str, Any]:
    """The upload's address, method and headers."""
    link = links.link_to(upload, now=now)
    return {
        "uploadId": upload.public_id,
        "filename": upload.filename,
        "method": links.METHOD,
        "url": link.url,
        "headers": dict(link.headers),
        "expiresAt": timestamp(upload.expires_at),
    }


def detail(upload: Upload, *, status: UploadStatus) -> dict[str, Any]:
    return {
        "uploadId": upload.public_id,
        "filename": upload.filename,
        "contentType": upload.content_type,
        "size": upload.size,
        "status": str(status),
        "createdAt": timestamp(upload.created_at),
        "expiresAt": timestamp(upload.expires_at),
        "usedAt": timestamp(upload.used_at) if upload.used_at else None,
    }
