"""The rules of turns, slow and plain: every waiting image of every open batch is counted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from batches.lifecycle import WORKING
from batches.models import Batch
from removal.models import Job


@dataclass(frozen=True)
class Candidate:
    """An open batch with waiting images, and what its turn is decided by."""

    batch_id: int
    waiting: int
    leased: int
    leased_by_user: int
    served_at: datetime


def in_order(*, now: datetime) -> list[int]:
    """The batches that a worker may take images of, in the order of their turns."""
    most = settings.BATCH_CHUNK_IMAGES * settings.BATCH_CHUNKS_IN_FLIGHT
    with_room = [each for each in _candidates() if each.leased < most]

    def turn(batch: Candidate) -> tuple[float, ...]:
        idle_s = (now - batch.served_at).total_seconds()
        return batch.leased_by_user, batch.leased, batch.waiting - idle_s, batch.batch_id

    return [batch.batch_id for batch in sorted(with_room, key=turn)]


def _candidates() -> list[Candidate]:
    batches = list(Batch.objects.filter(status__in=WORKING))
    states = Counter(Job.objects.order_by().values_list("batch_id", "status"))
    by_user = Counter[int | None]()
    for batch in batches:
        by_user[batch.user_id] += states[batch.pk, "processing"]
    return [
        Candidate(
            batch.pk,
            states[batch.pk, "queued"],
            states[batch.pk, "processing"],
            by_user[batch.user_id],
            batch.last_served_at,
        )
        for batch in batches
        if states[batch.pk, "queued"]
    ]
