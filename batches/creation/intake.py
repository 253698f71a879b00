"""The images of a new batch, from a form or uploaded before, each looked at by its header.

An image that cannot be read does not refuse the batch: it carries its problem instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from django.core.files.uploadedfile import UploadedFile

from batches.creation import limits
from batches.uploads import services as uploads
from billing.pricing import BATCH_MIN
from common import database, storage
from common.http.errors import ApiError
from common.users import UserRef
from removal import intake
from removal.engine.probe import Probe
from removal.options import OptionFields

FIELD = "images"


@dataclass(frozen=True)
class Incoming:
    """One image of a batch to be; size in bytes.

    It lies in `file`, or in storage under `stored_key` as the upload `upload_id`. Either `probe`
    says what its header tells, or `problem` says why it cannot be worked on.
    """

    name: str
    size: int
    file: BinaryIO | None = None
    stored_key: str | None = None
    upload_id: str | None = None
    probe: Probe | None = None
    problem: ApiError | None = None

    def open(self) -> BinaryIO:
        """The encoded image from its first byte; for those in storage, to be closed."""
        if self.file is None:
            return storage.open(self.stored_key or "")
        self.file.seek(0)
        return self.file


def from_form(
    files: Sequence["UploadedFile[bytes]"], *, source: str = "api", least: int = BATCH_MIN
) -> list[Incoming]:
    """The images of a multipart form, in its order; `source` decides on the caps of each.

    Raises as `limits.check_sizes`.
    """
    limits.check_sizes([file.size or 0 for file in files], least=least)
    return [
        of_file(
            file,  # type: ignore[arg-type]
            name=file.name or "image",
            size=file.size or 0,
            source=source,
        )
        for file in files
    ]


def from_uploads(*, user: UserRef, upload_ids: Sequence[str], now: datetime) -> list[Incoming]:
    """The images that were uploaded under these identifiers, in this order.

    They stay unused until `uploads.services.consume`. Raises as
    `limits.check_sizes`, `uploads.services.ready` and `uploads.services.inspect`.
    """
    limits.check_count(len(upload_ids))
    ready = uploads.ready(user_id=user.pk, upload_ids=upload_ids, now=now)
    limits.check_sizes([upload.size for upload in ready])
    # The object store is asked hundreds of times now, the database not at all.
    database.release()
    return [
        Incoming(
            name=found.upload.filename,
            size=found.upload.size,
            stored_key=found.upload.key,
            upload_id=found.upload.public_id,
            probe=found.probe,
            problem=found.problem,
        )
        for found in uploads.inspect(ready)
    ]


def check_limits(images: Iterable[Incoming], *, least: int = BATCH_MIN) -> None:
    """Raises as `limits.check_sizes`."""
    limits.check_sizes([image.size for image in images], least=least)


def judged(image: Incoming, fields: OptionFields, *, source: str = "api") -> Incoming:
    """The image with its problem, if what is asked for it is known to fail."""
    if image.probe is None:
        return image
    try:
        intake.check_result(image.probe, fields, field=FIELD, source=source)
    except ApiError as problem:
        return replace(image, probe=None, problem=problem)
    return image


def of_file(file: BinaryIO, *, name: str, size: int, source: str = "api") -> Incoming:
    """One image in a seekable file of `size` bytes, looked at by its header."""
    try:
        probe = intake.check(intake.Upload(file, name), field=FIELD, source=source).probe
    except ApiError as problem:
        return Incoming(name, size, file=file, problem=problem)
    return Incoming(name, size, file=file, probe=probe)
