"""Whatever is killed while a batch runs: every image ends, is charged once, and the ZIP is whole.

The full one prints the figures that `benchmarks/README.md` has:

    LUMIKU_FAULTS=full pytest tests/faults/test_batches.py -s
"""

import io
import time
from dataclasses import dataclass

import pytest
from PIL import Image

from tests.faults.conftest import FULL
from tests.faults.poisoned_worker import POISON, SLEEP
from tests.faults.service_stack import ServiceStack
from tests.removal.factories import photo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Size:
    """The numbers of images, and of workers that are killed meanwhile."""

    images: int
    kills: int


MOST = 5  # BATCH_MAX_ATTEMPTS
SIZE = Size(images=100, kills=20) if FULL else Size(images=24, kills=4)


def photos(count: int) -> list[bytes]:
    """Large enough that a worker is nearly always found in the middle of some."""
    return [photo((1200 + n, 900)) for n in range(count)]


def is_ended(service: ServiceStack, batch: str) -> bool:
    return service.status(batch)["status"] in ("completed", "failed", "cancelled")


def settle(service: ServiceStack, batch: str, *, images: int) -> None:
    """The batch ends by itself, and nothing is lost, doubled or left behind."""
    service.until(lambda: is_ended(service, batch))
    found = service.status(batch)
    assert found["status"] == "completed"
    assert (found["progress"]["processedImages"], found["progress"]["failedImages"]) == (images, 0)
    [(price, used, public_id)] = service.rows(
        "SELECT final_total, credits_used, public_id FROM batches_batch WHERE public_id = %s", batch
    )
    captured = service.rows(
        "SELECT e.key, -e.delta_held FROM billing_entry e JOIN removal_job j ON j.public_id = e.key"
        " JOIN batches_batch b ON b.id = j.batch_id WHERE e.kind = 'capture' AND b.public_id = %s",
        batch,
    )
    assert len(captured) == len(dict(captured)) == images
    assert sum(credits for _, credits in captured) == used == price
    assert service.history(batch) == ["processing", "zipping", "completed"], "one finaliser"
    with service.archive(public_id) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == images + 1
    service.manage("audit_ledger")


def calm(service: ServiceStack) -> float:
    """Seconds that the same batch takes when nobody dies."""
    batch = service.start(photos(SIZE.images))
    began = time.monotonic()
    settle(service, batch, images=SIZE.images)
    return time.monotonic() - began


def attempts(service: ServiceStack, batch: str) -> list[int]:
    rows = service.rows(
        "SELECT j.attempts FROM removal_job j JOIN batches_batch b ON b.id = j.batch_id "
        "WHERE b.public_id = %s ORDER BY j.position",
        batch,
    )
    return [count for (count,) in rows]


def test_batches_end_though_workers_are_killed_again_and_again(service: ServiceStack) -> None:
    undisturbed = calm(service) if FULL else 0.0
    batch = service.start(photos(SIZE.images))
    began = time.monotonic()
    for kill in range(SIZE.kills):
        enough = kill * SIZE.images // (SIZE.kills + 1) + 1
        service.until(lambda enough=enough: service.ended(batch) >= enough)  # type: ignore[misc]
        (service.kill_group if kill % 2 else service.kill_child)("batch")
    settle(service, batch, images=SIZE.images)
    assert len(service.archives(batch)) == 1
    took = time.monotonic() - began
    begun = sum(attempts(service, batch))
    print(  # noqa: T201
        f"\n{SIZE.images} images, {SIZE.kills} × SIGKILL: {took:.1f} s, undisturbed "
        f"{undisturbed:.1f} s; {begun - SIZE.images} attempts were lost"
    )


def test_emptied_and_killed_broker(service: ServiceStack) -> None:
    batch = service.start(photos(SIZE.images))
    service.until(lambda: service.ended(batch) >= 1)
    service.empty_broker()
    service.until(lambda: service.ended(batch) >= SIZE.images // 3)
    service.kill_group("valkey")
    service.until(lambda: service.ended(batch) >= SIZE.images // 2)
    service.empty_broker()
    settle(service, batch, images=SIZE.images)


def test_database_restarts_at_once(service: ServiceStack) -> None:
    batch = service.start(photos(SIZE.images))
    for third in (1, 2):
        service.until(lambda third=third: service.ended(batch) >= third * SIZE.images // 3)  # type: ignore[misc]
        service.restart_postgres()
    settle(service, batch, images=SIZE.images)


def marked(comment: bytes) -> bytes:
    file = io.BytesIO()
    with Image.open(io.BytesIO(photo((600, 400)))) as picture:
        picture.save(file, "JPEG", comment=comment)
    return file.getvalue()


def test_image_that_hangs_is_taken_from_its_worker(service: ServiceStack) -> None:
    images, hanging = 6, 2
    sent = [marked(SLEEP) if n == hanging else photo((600 + n, 400)) for n in range(images)]
    batch = service.start(sent)
    settle(service, batch, images=images)
    assert attempts(service, batch)[hanging] == 2


def test_image_that_kills_its_worker_takes_no_other_with_it(service: ServiceStack) -> None:
    images, poisoned = 5, 3
    sent = [marked(POISON) if n == poisoned else photo((600 + n, 400)) for n in range(images)]
    batch = service.start(sent)
    service.until(lambda: is_ended(service, batch))
    tries = attempts(service, batch)
    assert tries.pop(poisoned) == MOST
    assert max(tries) <= 2
    found = service.status(batch)
    assert found["status"] == "completed"
    assert found["progress"]["processedImages"] == images - 1
    [(code, used, price)] = service.rows(
        "SELECT j.error_code, b.credits_used, b.final_total - j.price FROM removal_job j "
        "JOIN batches_batch b ON b.id = j.batch_id WHERE j.status = 'failed' AND b.public_id = %s",
        batch,
    )
    assert (code, used) == ("INTERNAL_ERROR", price)
    assert service.rows("SELECT held FROM billing_account WHERE held <> 0") == []
    service.manage("audit_ledger")
