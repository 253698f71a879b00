"""Pictures made on the spot, jobs in every state, and a worker that runs in a thread."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import User
from billing import ledger
from common import storage
from removal import keys, runner, services
from removal.intake import RemovalRequest, Upload
from removal.models import Job
from tests.accounts.factories import UserFactory

NOW = datetime.fromisoformat("2025-01-15T10:00:00+00:00")


def photo(size: tuple[int, int] = (96, 64), kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """A red disc on a blue ground, encoded."""
    width, height = size
    picture = Image.new("RGB", size, (40, 80, 200))
    box = (width // 4, height // 6, 3 * width // 4, 5 * height // 6)
    ImageDraw.Draw(picture).ellipse(box, fill=(220, 30, 30))
    file = io.BytesIO()
    picture.convert(mode).save(file, kind)
    return file.getvalue()


def blank(size: tuple[int, int] = (96, 64), shade: str = "white") -> bytes:
    """A picture of one shade, in which there is nothing to find."""
    file = io.BytesIO()
    Image.new("RGB", size, shade).save(file, "PNG")
    return file.getvalue()


def uploaded(data: bytes | None = None, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo() if data is None else data, "image/jpeg")


def customer(credits: int = 100, **kwargs: Any) -> User:
    user = UserFactory(**kwargs)
    if credits:
        ledger.grant(
            user_id=user.pk, credits=credits, key=f"test:{user.public_id}", reason="for the test"
        )
    return user


def queued(user: User, *, data: bytes | None = None, **fields: Any) -> Job:
    """A job as `submit` leaves it, with its file and its hold."""
    image = Upload(io.BytesIO(photo() if data is None else data), "photo.jpg")
    wanted = {"image": image, "tier": "basic", "fields": {}, **fields}
    return services.submit(user=user, request=RemovalRequest(**wanted), now=timezone.now())


def completed(user: User, **fields: Any) -> Job:
    job = queued(user, **fields)
    runner.run(job.public_id)
    job.refresh_from_db()
    return job


def row(user: User, **fields: Any) -> Job:
    """A bare row without files or money, for listings and constraints."""
    created = fields.pop("created_at", timezone.now())
    status = fields.get("status", "completed")
    ended = created if status in ("completed", "failed", "cancelled") else None
    lease = {"lease_token": uuid4(), "lease_expires_at": created + timedelta(minutes=2)}
    defaults = {
        "status": status,
        "tier": "basic",
        "original_size": 1000,
        "width": 96,
        "height": 64,
        "format": "jpg",
        "pricing_type": "credits",
        "price": 25,
        "available_at": created,
        "created_at": created,
        "completed_at": ended,
        "error_code": "INTERNAL_ERROR" if status == "failed" else "",
        **(lease if status == "processing" else {}),
    }
    return Job.objects.create(user=user, **{**defaults, **fields})


def files_of(job: Job) -> list[str]:
    """The keys of a job that are in storage."""
    named = [job.original_key, job.background_key, job.result_key]
    return [key for key in named if key and storage.exists(key)]


def all_files(job: Job) -> list[str]:
    """The keys of everything that a completed job without a background keeps, in order."""
    return sorted([job.original_key, job.result_key, *keys.beside(job.result_key)])


@contextmanager
def working() -> Iterator[None]:
    """A worker in a thread that takes queued rows from the database until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=_work, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _work(stop: threading.Event) -> None:
    try:
        while not stop.wait(0.02):
            for job_id in Job.objects.filter(status="queued").values_list("public_id", flat=True):
                runner.run(job_id)
    finally:
        connection.close()
