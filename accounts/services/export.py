"""Data export: everything that is kept about an account, as one ZIP of JSON and CSV.

A request is a row; a worker writes the ZIP into storage, and the owner gets a mail and downloads it
after logging in, until it expires. At most one export of an account is under way.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from zipstream import ZIP_DEFLATED, ZipStream

from accounts import mail
from accounts.models import DataExport, ExportStatus, User
from common import account_export, storage
from common.http import media
from common.mail import outbox
from common.workqueue import LeaseLost, TaskRef, WorkQueue, at_once, doubling

logger = logging.getLogger(__name__)

ROOT = "exports"
MAX_ATTEMPTS = 5
# The lease is longer than the time limit, so that it never expires while a worker still runs.
TIME_LIMIT_S = 840
LEASE = timedelta(minutes=15)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# A file this young may belong to a worker that has not named it yet.
_YOUNG = timedelta(hours=1)

BUILD_EXPORTS = TaskRef("accounts.tasks.build_exports", queue="maintenance", expires_s=120)

QUEUE: WorkQueue[DataExport] = WorkQueue(
    model=DataExport,
    open=Q(status=ExportStatus.WAITING),
    lease=lambda: LEASE,
    backoff=doubling(FIRST_WAIT, longest=LONGEST_WAIT),
    longest_wait=LONGEST_WAIT,
    max_attempts=lambda: MAX_ATTEMPTS,
    given_up=lambda now: {"status": ExportStatus.FAILED, "finished_at": now},
    reopened={"status": ExportStatus.WAITING, "finished_at": None},
    task=BUILD_EXPORTS,
)


@transaction.atomic
def request(*, user: User, now: datetime) -> DataExport:
    """Queue an export; one that is under way already is returned instead."""
    # The lock makes two requests at the same moment share one row.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    waiting = DataExport.objects.filter(user=user, status=ExportStatus.WAITING).first()
    if waiting is not None:
        return waiting
    row = DataExport.objects.create(
        user=user, requested_at=now, available_at=at_once(now), dispatched_at=now
    )
    QUEUE.dispatch()
    return row


def latest(*, user: User) -> DataExport | None:
    return DataExport.objects.filter(user=user).order_by("-pk").first()


def download_path(export: DataExport, *, now: datetime) -> str | None:
    """The path of the ZIP, open to anyone who has it for a while; None unless it can be had."""
    if not is_kept(export, now=now):
        return None
    return media.sign(zip_path(export.public_id), now=now)


def zip_path(export_id: str) -> str:
    return f"{ROOT}/{export_id}.zip"


def is_kept(export: DataExport, *, now: datetime) -> bool:
    return bool(export.key) and export.expires_at is not None and now < export.expires_at


def run(*, clock: Callable[[], datetime] = timezone.now, for_s: float = 60) -> int:
    """Build the exports that are due, for about `for_s` seconds; returns how many were begun."""
    ends, begun = time.monotonic() + for_s, 0
    while time.monotonic() < ends and (claimed := QUEUE.claim(now=clock())):
        _attempt(claimed[0], clock)
        begun += 1
    return begun


def sweep(*, now: datetime) -> None:
    """Dispatch exports whose message was lost, and give up what was tried too often."""
    QUEUE.sweep(now=now)


def purge(*, now: datetime) -> int:
    """Delete expired exports, and files that no export names; returns how many files went."""
    deleted = 0
    for export in DataExport.objects.filter(expires_at__lte=now):
        storage.delete(export.key)
        export.delete()
        deleted += 1
    for key, changed in list(storage.listed(f"{ROOT}/")):
        if changed < now - _YOUNG and not DataExport.objects.filter(key=key).exists():
            storage.delete(key)
            deleted += 1
    for draft in list(storage.drafts(f"{ROOT}/")):
        if draft.started_at < now - _YOUNG:
            storage.discard(draft)
    # Failed ones tell their owner so for a while.
    DataExport.objects.filter(
        status=ExportStatus.FAILED, finished_at__lte=now - timedelta(days=7)
    ).delete()
    return deleted


def forget(*, user: User) -> None:
    """Delete an account's exports and their files; a worker that still writes one loses it."""
    for export in DataExport.objects.filter(user=user):
        if export.key:
            storage.delete(export.key)
        export.delete()


def _attempt(export: DataExport, clock: Callable[[], datetime]) -> None:
    key = _key(export, export.lease_token)
    try:
        size = _write(export, key)
        _finish(export, key, size, clock())
    except LeaseLost:
        logger.warning("%s was taken from this worker, or erased", export)
        storage.delete(key)
    except Exception as error:
        logger.exception("attempt %s at %s failed", export.attempts, export)
        storage.delete(key)
        with suppress(LeaseLost):
            QUEUE.fail(export, error=f"{type(error).__name__}: {error}", now=clock())


def _key(export: DataExport, token: UUID | None) -> str:
    """The object that the holder of the lease writes; nobody else has its name."""
    if token is None:
        raise LeaseLost(export.public_id)
    return f"{ROOT}/{export.public_id}-{token.hex}.zip"


def _write(export: DataExport, key: str) -> int:
    with storage.writer(key, content_type="application/zip") as out:
        for piece in _pieces(export):
            out.write(piece)
    return out.size


def _pieces(export: DataExport) -> Iterator[bytes]:
    archive = ZipStream(compress_type=ZIP_DEFLATED)
    for file in account_export.files(user=export.user):
        archive.add(file.chunks, file.name)
        yield from archive.file()
    yield from archive.finalize()


@transaction.atomic
def _finish(export: DataExport, key: str, size: int, now: datetime) -> None:
    """Name the file and write the mail, or raise `LeaseLost` and do neither."""
    QUEUE.complete(
        export,
        status=ExportStatus.READY,
        key=key,
        size=size,
        finished_at=now,
        expires_at=now + timedelta(hours=settings.DATA_EXPORT_H),
    )
    outbox.put(
        mail.EXPORT_READY,
        user_id=export.user_id,
        key=f"export-ready:{export.public_id}",
        context={"export": export.public_id},
        now=now,
    )
