"""Fair order of the open batches, at a cost that does not depend on how much waits.

The rule: first the customer, then the batch, with the fewest images with workers. Among equals the
smaller batch, where every second since it was last served counts as one image less: a large batch
waits for small ones, but never for ever.

Two things make that cheap. How many images are with workers is counted from the leased rows alone,
and workers bound those. And "images that wait, less the seconds since it was served" orders batches
the same at every moment, so a column that an index sorts holds it: `turn_at` is `last_served_at`
plus one second for each image that waits.

`waiting_images` changes in the transaction that claims images or cancels them. It does not change
when a single image is put back after a failure, taken back from a dead worker or cancelled alone,
which would need a lock on the batch. A claim that finds fewer images than that corrects the count,
and `restore` corrects one that has become 0 too early.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from batches.lifecycle import WORKING
from batches.models import Batch
from removal import bulk
from removal.bulk import InFlight

HAS_TURN = Q(status__in=WORKING, waiting_images__gt=0)
# The most batches that are examined for one claim: more than there are concurrent claims.
IDLE_LOOK, BUSY_LOOK = 64, 4

_FIRST_OF_EACH = """
    SELECT b.id, b.user_id, b.turn_at
      FROM unnest(%s::bigint[]) AS busy(user_id)
     CROSS JOIN LATERAL (
            SELECT id, user_id, turn_at FROM batches_batch
             WHERE user_id = busy.user_id AND status IN ('pending', 'processing')
               AND waiting_images > 0 AND id <> ALL(%s)
             ORDER BY turn_at, id LIMIT %s) b
"""


def in_order() -> Iterator[int]:
    """The batches with waiting images in the order of their turns, as many as are asked for."""
    in_flight = bulk.in_flight()
    yield from _of_idle(in_flight).values_list("pk", flat=True)[:IDLE_LOOK]
    yield from of_busy(in_flight)


def lock_idle(in_flight: InFlight, examined: Sequence[int]) -> Batch | None:
    """Lock the first batch of a customer who has no images with workers, but none of `examined`.

    Batches that others have locked are skipped: choosing and locking one after the other, many
    workers would try the same batches in the same order.
    """
    if len(examined) >= IDLE_LOOK:
        return None
    return _locked(_of_idle(in_flight).exclude(pk__in=examined), skip_locked=True)


def lock(batch_id: int, *, skip_locked: bool = False) -> Batch | None:
    """Lock a batch; None when its images are no longer worked on, or another has it locked."""
    return _locked(Batch.objects.filter(pk=batch_id, status__in=WORKING), skip_locked=skip_locked)


def _locked(found: QuerySet[Batch], *, skip_locked: bool) -> Batch | None:
    shown = found.only("pk", "status", "last_served_at", "waiting_images")
    return shown.select_for_update(skip_locked=skip_locked).first()


def _of_idle(in_flight: InFlight) -> QuerySet[Batch]:
    """The batches of customers who have no images with workers, in the order of their turns."""
    idle = Batch.objects.filter(HAS_TURN).exclude(user_id__in=in_flight.by_user)
    return idle.order_by("turn_at", "pk")


def turn_at(*, served_at: datetime, waiting: int) -> datetime:
    """Sort key of a batch among those that wait for a worker, as a moment."""
    return served_at + timedelta(seconds=waiting)


def restore(*, batch_id: int, waiting: int, now: datetime) -> None:
    """Give a batch its turn back whose images were thought to be all with workers."""
    emptied = Batch.objects.filter(pk=batch_id, status__in=WORKING, waiting_images=0)
    emptied.update(waiting_images=waiting, turn_at=turn_at(served_at=now, waiting=waiting))


def of_busy(in_flight: InFlight) -> Sequence[int]:
    """The batches of customers who have images with workers already."""
    by_user, leased = in_flight.by_user, in_flight.by_batch
    if not by_user:
        return ()
    found = list(
        Batch.objects.filter(HAS_TURN, pk__in=leased).values_list("pk", "user_id", "turn_at")
    )
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_OF_EACH, [list(by_user), list(leased), BUSY_LOOK])
        found += cursor.fetchall()

    def turn(batch: tuple[int, int | None, datetime]) -> tuple[int, int, datetime, int]:
        pk, user_id, moment = batch
        return by_user.get(user_id or 0, 0), leased.get(pk, 0), moment, pk

    return [pk for pk, _, _ in sorted(found, key=turn)]
