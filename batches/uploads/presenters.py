"""Presenters of uploads."""

from datetime import datetime
from typing import Any

from batches.models import Upload
from batches.uploads import links
from batches.uploads.queries import UploadStatus
from common.http.errors import ErrorCode, timestamp


def slot(upload: Upload, *, now: datetime) -> dict[str, Any]:
    """The upload's address, method and headers."""
    return {
        "uploadId": upload.public_id,
        "filename": upload.filename,
        **_target(upload, now),
        "expiresAt": timestamp(upload.expires_at),
    }


def line(upload: Upload, *, status: UploadStatus, now: datetime) -> dict[str, Any]:
    """One line of a listing: `detail`, and where a file that has not arrived is to be sent."""
    waits = status is UploadStatus.PENDING
    return {**detail(upload, status=status), "sendTo": _target(upload, now) if waits else None}


def detail(upload: Upload, *, status: UploadStatus) -> dict[str, Any]:
    failed = status is UploadStatus.FAILED
    return {
        "uploadId": upload.public_id,
        "filename": upload.filename,
        "reference": upload.reference or None,
        "url": upload.source_url or None,
        "contentType": upload.content_type or None,
        "size": upload.size or None,
        "status": str(status),
        "error": _error(upload) if failed else None,
        "createdAt": timestamp(upload.created_at),
        "expiresAt": timestamp(upload.expires_at),
        "usedAt": timestamp(upload.used_at) if upload.used_at else None,
    }


def _target(upload: Upload, now: datetime) -> dict[str, Any]:
    link = links.link_to(upload, now=now)
    return {"method": links.METHOD, "url": link.url, "headers": dict(link.headers)}


def _error(upload: Upload) -> dict[str, str]:
    """The error of a fetch; one whose worker died with the last attempt has a general reason."""
    return {
        "code": upload.error_code or ErrorCode.INTERNAL_ERROR,
        "message": upload.error_message or "The image could not be fetched. Please try again",
    }
