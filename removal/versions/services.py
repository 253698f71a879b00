"""Services of versions: ask for one, wait for it, list them, and open a mask."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from common import maintenance, storage
from common.http.errors import Conflict, NotFound
from common.http.idempotency.store import IdempotencyKeyReused
from common.storage.deposits import Deposit, stored
from common.users import UserRef
from common.workqueue import at_once, wakeup
from removal import conf, intake, keys, options, queries
from removal.engine import sizes
from removal.engine.mask_header import check_mask
from removal.errors import engine_errors
from removal.intake import Checked, Upload
from removal.models import Job, Version
from removal.options import OptionFields
from removal.presets import services as presets
from removal.versions.queue import VERSIONS, waiter

LOOK_EVERY_S = 3.0


@dataclass(frozen=True)
class VersionRequest:
    """A corrected mask, other output options, or both.

    `given` are the option fields of the request, with `preset`; without any, and without a
    background, the present version's options stay.
    """

    given: Mapping[str, Any]
    mask: Upload | None = None
    background: Upload | None = None
    idempotency_key: str | None = None

    def fingerprint(self) -> str:
        """SHA-256 over all that was asked, for comparing repeated requests."""
        asked = {name: value for name, value in self.given.items() if _is_plain(value)}
        found = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
        for part in (self.mask, self.background):
            found.update(intake.digest(part))
        return found.hexdigest()


def request(*, user: UserRef, job_id: str, wanted: VersionRequest, now: datetime) -> Version:
    """Check and queue a version; returns its row. It costs nothing.

    The same idempotency key returns the first row. Raises NotFound (404), Conflict (409) for a job
    whose cut-out is not kept or that has MAX_VERSIONS, InvalidInput, InvalidFileType or
    FileTooLarge (400), IdempotencyKeyReused (409) and UnderMaintenance (503).
    """
    job = queries.owned_job(user_id=user.pk, job_id=job_id)
    fingerprint = wanted.fingerprint() if wanted.idempotency_key else ""
    if earlier := _earlier(job, wanted.idempotency_key, fingerprint):
        return earlier
    maintenance.refuse_new_work()
    _check_kept(job)
    background = intake.check(wanted.background, field="bg_image") if wanted.background else None
    fields = _fields(user, wanted)
    _check(job, wanted, fields)
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        _check_kept(job)
        if earlier := _earlier(job, wanted.idempotency_key, fingerprint):
            return earlier
        version = _new(job, wanted, fields, fingerprint, now)
        with stored(_deposits(job, version, wanted, background)):
            version.save(force_insert=True)
            VERSIONS.dispatch([version])
    return version


def wait(*, version: Version, timeout_s: float) -> Version:
    """Sleep until a version has ended, for at most so long, and read it again."""
    deadline = time.monotonic() + timeout_s
    while version.status == Version.Status.QUEUED and (left := deadline - time.monotonic()) > 0:
        wakeup.wait(waiter(version), timeout_s=min(left, LOOK_EVERY_S))
        version.refresh_from_db()
    return version


def listed(*, user_id: int, job_id: str) -> tuple[Job, Sequence[Version]]:
    """A job and its versions in order: none as long as there is only the first result."""
    job = queries.owned_job(user_id=user_id, job_id=job_id)
    return job, list(Version.objects.filter(job=job))


def owned(*, user_id: int, job_id: str, number: int) -> tuple[Job, Version]:
    """A job of the user and one of its versions; raises NotFound (404)."""
    job = queries.owned_job(user_id=user_id, job_id=job_id)
    version = Version.objects.filter(job=job, number=number).first()
    if version is None:
        raise NotFound("There is no such version", details={"version": number})
    return job, version


def number(text: str) -> int:
    """The number of a version in an address. Raises NotFound (404) for anything else."""
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise NotFound("There is no such version", details={"version": text[:20]})
    return int(text)


def mask_key(*, user_id: int, job_id: str) -> str:
    """The storage key of the mask of a job's present result. Raises NotFound and Conflict (409)."""
    job = queries.owned_job(user_id=user_id, job_id=job_id)
    _check_kept(job)
    key = keys.mask_key(job.result_key)
    if not storage.exists(key):
        raise _not_kept(job)
    return key


def _check_kept(job: Job) -> None:
    if not job.is_editable:
        raise _not_kept(job)


def _not_kept(job: Job) -> Conflict:
    return Conflict(
        "Its original or its mask is not kept, or it has no result; send the picture again",
        details={"jobId": job.public_id, "status": job.status},
    )


def _fields(user: UserRef, wanted: VersionRequest) -> OptionFields | None:
    """The whole set of options; None where those of the present version stay."""
    fields = presets.applied(user_id=user.pk, given=wanted.given)
    fields.pop("model", None)
    return fields if fields or wanted.background or wanted.given.get("preset") else None


def _check(job: Job, wanted: VersionRequest, fields: OptionFields | None) -> None:
    limits = conf.limits(job.source)
    if wanted.mask is not None:
        with engine_errors("mask"):
            check_mask(wanted.mask.file, width=job.width, height=job.height, limits=limits)
    if fields is not None:
        with engine_errors():
            built = options.build(fields, background_image=b"" if wanted.background else None)
            sizes.check_result(job.width, job.height, built, limits)


def _new(
    job: Job, wanted: VersionRequest, fields: OptionFields | None, fingerprint: str, now: datetime
) -> Version:
    """The row of the next version; the first one is written down with it."""
    last = Version.objects.filter(job=job).order_by("-number").first() or _first(job)
    if last.number >= settings.MAX_VERSIONS:
        raise Conflict(
            f"A picture has at most {settings.MAX_VERSIONS} versions",
            details={"maxVersions": settings.MAX_VERSIONS},
        )
    present = Version.objects.get(job=job, number=job.version)
    return Version(
        job=job,
        number=last.number + 1,
        options=present.options if fields is None else fields,
        background_key=present.background_key if fields is None else "",
        mask_key=keys.mask_key(job.result_key),
        idempotency_key=wanted.idempotency_key,
        fingerprint=fingerprint,
        created_at=now,
        available_at=at_once(now),
        dispatched_at=now,
    )


def _first(job: Job) -> Version:
    return Version.objects.create(
        job=job,
        number=1,
        status=Version.Status.COMPLETED,
        options=options.pick({**job.options, "model": None}),
        background_key=job.background_key,
        mask_key=keys.mask_key(job.result_key),
        result_key=job.result_key,
        result_size=job.result_size,
        result_width=job.result_width,
        result_height=job.result_height,
        result_format=job.result_format,
        foreground=job.foreground,
        has_previews=job.has_previews,
        created_at=job.created_at,
        completed_at=job.completed_at,
        available_at=job.created_at,
    )


def _deposits(
    job: Job, version: Version, wanted: VersionRequest, background: Checked | None
) -> list[Deposit]:
    """Name the files that were sent; returns them with their keys."""
    owner, deposits = keys.owner_of(job.original_key), []
    if wanted.mask is not None:
        version.mask_key = keys.version_key(owner, job.public_id, version.number, "mask", "png")
        wanted.mask.file.seek(0)
        file = wanted.mask.file
        deposits.append(Deposit(version.mask_key, content=lambda: file, content_type="image/png"))
    if background is not None:
        extension = background.probe.extension
        version.background_key = keys.version_key(
            owner, job.public_id, version.number, "background", extension
        )
        deposits.append(background.deposit(version.background_key))
    return deposits


def _earlier(job: Job, key: str | None, fingerprint: str) -> Version | None:
    version = Version.objects.filter(job=job, idempotency_key=key).first() if key else None
    if version is not None and version.fingerprint != fingerprint:
        raise IdempotencyKeyReused(details={"key": key, "jobId": job.public_id})
    return version


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)
