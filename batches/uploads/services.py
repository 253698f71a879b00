"""Services of uploads: announce, receive, note arrivals, inspect, use, discard."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import connection, transaction

from batches.creation import limits
from batches.models import Upload
from batches.uploads import queries, reading, storage_keys
from batches.uploads.errors import (
    AlreadyUploaded,
    NoSuchUploads,
    TooManyUploads,
    UploadsNotReady,
)
from batches.uploads.queries import UploadStatus
from batches.uploads.reading import Inspected
from common import maintenance, storage
from common.http.errors import FileTooLarge, InvalidInput
from common.ids import new_id
from common.users import UserRef
from removal import keys

FIELD = "uploadIds"
# Names the advisory locks that make announcements of one customer run one after the other.
_LOCK = 0x75706C
_MAY_CHANGE = (UploadStatus.PENDING, UploadStatus.UPLOADED)


@dataclass(frozen=True)
class Announced:
    """A file that a customer is about to send; size in bytes."""

    filename: str
    content_type: str
    size: int
    reference: str = ""


@transaction.atomic
def announce(*, user: UserRef, files: Sequence[Announced], now: datetime) -> list[Upload]:
    """Create an upload for each announced file; returns them in order.

    Raises InvalidInput, FileTooLarge or BatchTooLarge (400), and TooManyUploads (409) when too
    much is announced and not used.
    """
    maintenance.refuse_new_work()
    _check(files)
    check_room(user=user, sizes=[file.size for file in files], now=now)
    return Upload.objects.bulk_create([_upload(user, file, now) for file in files])


def check_room(*, user: UserRef, sizes: Sequence[int], now: datetime) -> None:
    """Refuse to take on more than one customer may have waiting; in the caller's transaction.

    Raises TooManyUploads (409).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, user.pk % 2**31])
    waiting = queries.outstanding(user_id=user.pk, now=now)
    count, size = waiting.count + len(sizes), waiting.size + sum(sizes)
    most, most_bytes = settings.UPLOADS_OUTSTANDING, 2 * settings.BATCH_MAX_BYTES
    if count > most or size > most_bytes:
        raise TooManyUploads(
            details={
                "outstanding": waiting.count,
                "maximum": most,
                "outstandingBytes": waiting.size,
                "maxBytes": most_bytes,
            }
        )


def receive(*, upload_id: str, content_type: str, size: int, body: BinaryIO, now: datetime) -> None:
    """Store the file of an upload whose link was checked; once only.

    Raises NoSuchUploads (404), InvalidInput (400) when type or size differ from what was
    announced, UploadsNotReady and AlreadyUploaded (409).
    """
    upload = Upload.objects.filter(public_id=upload_id).first()
    if upload is None:
        raise NoSuchUploads([upload_id])
    _refuse([upload], now)
    announced = {"contentType": upload.content_type, "size": upload.size}
    if {"contentType": content_type, "size": size} != announced:
        raise InvalidInput(
            f"Announced was {upload.content_type} of {upload.size} bytes, "
            f"not {content_type[:50] or 'no type'} of {size}",
            details=announced,
        )
    try:
        storage.put(upload.key, body, content_type=upload.content_type, durable=False)
    except storage.AlreadyStored:
        raise AlreadyUploaded(details={"uploadId": upload_id}) from None
    Upload.objects.filter(pk=upload.pk, arrived_at__isnull=True).update(arrived_at=now)


def note_arrivals(uploads: Sequence[Upload], *, now: datetime) -> None:
    """Ask storage for the files that have not been seen yet, several at once, and note those that
    are there: this service does not see a file that is uploaded directly to the object store.
    """
    waiting = [one for one in uploads if queries.may_have_arrived(one, now=now)]
    arrived = [one for one, there in zip(waiting, reading.present(waiting), strict=True) if there]
    for upload in arrived:
        upload.arrived_at = now
    Upload.objects.filter(pk__in=[one.pk for one in arrived]).update(arrived_at=now)


def ready(*, user_id: int, upload_ids: Sequence[str], now: datetime) -> list[Upload]:
    """The uploads of these identifiers, in this order, that are neither used nor expired.

    Raises InvalidInput (400) for an identifier given twice, NoSuchUploads (404) and
    UploadsNotReady (409).
    """
    twice = [upload_id[:64] for upload_id, count in Counter(upload_ids).items() if count > 1]
    if twice:
        raise InvalidInput(f"{FIELD}: given twice: {twice[0]}", details={FIELD: twice})
    found = {
        upload.public_id: upload for upload in queries.among(user_id=user_id, upload_ids=upload_ids)
    }
    unknown = [upload_id for upload_id in upload_ids if upload_id not in found]
    if unknown:
        raise NoSuchUploads(unknown)
    uploads = [found[upload_id] for upload_id in upload_ids]
    _refuse(uploads, now)
    return uploads


def look(upload: Upload, *, now: datetime) -> None:
    """Ask storage about one upload, also when its file has been seen before."""
    if upload.key and queries.status_of(upload, now=now) in _MAY_CHANGE:
        there = storage.exists(upload.key)
        upload.arrived_at = (upload.arrived_at or now) if there else None
        Upload.objects.filter(pk=upload.pk, source_url="").update(arrived_at=upload.arrived_at)


def inspect(uploads: Sequence[Upload]) -> list[Inspected]:
    """Look at the header of every object. Raises UploadsNotReady (409) for objects that are not
    there or not of the announced size.
    """
    looked = reading.inspect(uploads, field=FIELD)
    there = [found for found in looked if found is not None]
    gone = [upload for upload, found in zip(uploads, looked, strict=True) if found is None]
    other = [found.upload for found in there if found.size != found.upload.size]
    if gone or other:
        raise UploadsNotReady({"notUploaded": _ids(gone), "sizeMismatch": _ids(other)})
    return there


def consume(*, user_id: int, upload_ids: Sequence[str], batch_id: int, now: datetime) -> None:
    """Mark uploads as used, in the transaction that starts the batch; from then on their objects
    belong to its jobs.

    Raises UploadsNotReady (409) when another batch was faster.
    """
    wanted = queries.among(user_id=user_id, upload_ids=upload_ids)
    # In one order, or two batches that want the same uploads would wait for each other.
    locked = list(wanted.select_for_update().order_by("pk"))
    if len(locked) != len(upload_ids):
        raise NoSuchUploads(sorted(set(upload_ids) - {upload.public_id for upload in locked}))
    _refuse(locked, now)
    # The job has the name now, and is where it will be erased.
    wanted.update(used_at=now, batch_id=batch_id, filename="", reference="", source_url="")


@transaction.atomic
def give_up(*, user_id: int, upload_id: str) -> None:
    """Delete an upload and its file. Raises NoSuchUploads (404), and UploadsNotReady (409) when a
    batch has used it.
    """
    mine = queries.among(user_id=user_id, upload_ids=[upload_id])
    upload = mine.select_for_update().first()
    if upload is None:
        raise NoSuchUploads([upload_id])
    if upload.used_at is not None:
        raise UploadsNotReady({"used": [upload_id]})
    _delete([upload])


@transaction.atomic
def discard(*, user_id: int, upload_ids: Sequence[str]) -> list[str]:
    """Delete those of these uploads that no batch has used, with their files; returns which.

    What does not exist, or is somebody else's, is passed over.
    """
    mine = queries.among(user_id=user_id, upload_ids=upload_ids).filter(used_at__isnull=True)
    return _delete(list(mine.select_for_update().order_by("pk")))


def _delete(uploads: Sequence[Upload]) -> list[str]:
    reading.delete_files([upload for upload in uploads if upload.key])
    Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).delete()
    return _ids(uploads)


def _check(files: Sequence[Announced]) -> None:
    limits.check_sizes([file.size for file in files], least=1)
    most = settings.MAX_IMAGE_BYTES
    large = [index for index, file in enumerate(files) if file.size > most]
    if large:
        raise FileTooLarge(
            f"files.{large[0]}.size: an image has at most {most:,} bytes",
            details={"files": large, "maxBytes": most},
        )


def _upload(user: UserRef, file: Announced, now: datetime) -> Upload:
    upload_id = new_id("upl")
    return Upload(
        public_id=upload_id,
        user_id=user.pk,
        filename=keys.safe_filename(file.filename),
        reference=file.reference,
        content_type=file.content_type,
        size=file.size,
        key=storage_keys.key_of(
            user_id=user.public_id, upload_id=upload_id, content_type=file.content_type
        ),
        available_at=now,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.UPLOAD_LIFETIME_S),
    )


def _refuse(uploads: Iterable[Upload], now: datetime) -> None:
    problems: dict[str, list[str]] = {"used": [], "expired": [], "notFetched": [], "fetching": []}
    for upload in uploads:
        if upload.used_at is not None:
            problems["used"].append(upload.public_id)
        elif upload.expires_at <= now:
            problems["expired"].append(upload.public_id)
        elif upload.failed_at is not None:
            problems["notFetched"].append(upload.public_id)
        elif not upload.key:
            problems["fetching"].append(upload.public_id)
    if any(problems.values()):
        raise UploadsNotReady(problems)


def _ids(uploads: Sequence[Upload]) -> list[str]:
    return [upload.public_id for upload in uploads]
