"""Lookup of a batch's archive, and the answer that delivers it."""

from datetime import datetime
from typing import Any

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from batches import queries, snapshots
from batches.archive import links, rebuild
from batches.archive.errors import ArchiveGone, ArchiveNotReady, NoArchive
from batches.lifecycle import is_terminal
from batches.models import Batch
from common import storage
from common.http import media
from common.http.errors import ApiError, NotFound

CONTENT_TYPE = "application/zip"


def owned(*, user_id: int, batch_id: str, now: datetime) -> Batch:
    """The user's batch, with an archive.

    Raises NotFound for a batch that is not theirs, ArchiveNotReady, NoArchive and ArchiveGone.
    """
    batch = queries.owned_batch(user_id=user_id, batch_id=batch_id)
    if not batch.zip_key:
        raise _missing(batch, now)
    return batch


def known(*, batch_id: str) -> Batch:
    """The batch with an archive, whoever owns it; raises NotFound."""
    batch = Batch.objects.select_related("user").filter(public_id=batch_id).exclude(zip_key="")
    found = batch.first()
    if found is None:
        raise NotFound("There is no such file, or the link to it has expired")
    return found


def answer(request: Request, batch: Batch, *, through: bool) -> HttpResponseBase:
    """The bytes, or a redirect to the object store unless they are to pass `through` here."""
    return media.serve(
        request,
        batch.zip_key,
        content_type=CONTENT_TYPE,
        disposition=_disposition(batch),
        through=through,
    )


def redirect(batch: Batch, *, now: datetime) -> HttpResponseBase:
    """Redirect to an address that needs no login for a short time."""
    elsewhere = storage.presigned_url(
        batch.zip_key,
        lifetime_s=media.REDIRECT_LIFETIME_S,
        content_type=CONTENT_TYPE,
        disposition=_disposition(batch),
    )
    here = links.zip_url(batch, now=now, lifetime_s=media.REDIRECT_LIFETIME_S)
    return media.guarded(HttpResponseRedirect(elsewhere or here or ""))


def _disposition(batch: Batch) -> str:
    return f'attachment; filename="{batch.public_id}.zip"'


def _missing(batch: Batch, now: datetime) -> ApiError:
    details: dict[str, Any] = {"batchId": batch.public_id, "status": batch.status}
    if not is_terminal(batch.status):
        progress = snapshots.of([batch], now=now)[batch.pk].progress
        headers = {"Retry-After": "5"}
        return ArchiveNotReady(details={**details, "progress": progress}, headers=headers)
    if rebuild.is_pending(batch):
        return ArchiveNotReady(
            "The archive is being written anew, because an image of it was erased",
            details=details,
            headers={"Retry-After": "5"},
        )
    # One that could not be written anew is gone as well.
    if batch.expired_at or batch.erased_at or (batch.completed_images and not batch.error_code):
        return ArchiveGone(details=details)
    if batch.error_code:
        details["error"] = {"code": batch.error_code, "message": batch.error_message}
    return NoArchive(details=details)
