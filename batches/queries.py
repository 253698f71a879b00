"""Reading batches, always within what one customer owns."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Q, QuerySet

from batches import lifecycle
from batches.models import Batch
from common.http.errors import NotFound
from common.http.listing import Wanted, narrowed

# The type of the rows that these queries return, for other apps to annotate with.
BatchRow: TypeAlias = Batch


@dataclass(frozen=True)
class RetryLinks:
    """The batch whose failed images this one repeats, and its own retry: public identifiers."""

    retry_of: str | None
    retry: str | None


def owned_batch(*, user_id: int, batch_id: str) -> Batch:
    """Raises NotFound for a batch that does not exist or belongs to somebody else."""
    try:
        return Batch.objects.get(user_id=user_id, public_id=batch_id)
    except Batch.DoesNotExist:
        raise NotFound("There is no such batch", details={"batchId": batch_id[:64]}) from None


def retry_links(batch: Batch) -> RetryLinks:
    """The parent and the retry of a batch; only a batch that has ended can have a retry."""
    if batch.retry_of_id is None and not lifecycle.is_terminal(batch.status):
        return RetryLinks(None, None)
    related = Q(pk=batch.retry_of_id) | Q(retry_of_id=batch.pk)
    found = dict(Batch.objects.filter(related).order_by().values_list("pk", "public_id"))
    parent = found.pop(batch.retry_of_id or 0, None)
    return RetryLinks(parent, next(iter(found.values()), None))


def owned_batches(*, user_id: int, wanted: Wanted, name_part: str = "") -> QuerySet[Batch]:
    """A user's batches; only those with `name_part` in the name, if there is one."""
    batches = Batch.objects.filter(user_id=user_id)
    if name_part:
        batches = batches.filter(name__icontains=name_part)
    return narrowed(batches, wanted)


def by_idempotency_key(*, user_id: int, key: str) -> Batch | None:
    return Batch.objects.filter(user_id=user_id, idempotency_key=key).first()


def batch_key(*, batch_id: str) -> int | None:
    """The primary key of anybody's batch; for operators."""
    return Batch.objects.filter(public_id=batch_id).values_list("pk", flat=True).first()


def owned_key(*, user_id: int, batch_id: str) -> int:
    """The primary key of a user's batch; raises NotFound."""
    return owned_batch(user_id=user_id, batch_id=batch_id).pk


def public_ids(*, keys: Collection[int]) -> dict[int, str]:
    """The public identifiers of batches, by primary key."""
    return dict(Batch.objects.filter(pk__in=keys).values_list("pk", "public_id"))


def retry_of(batch: Batch) -> Batch | None:
    """The batch that repeats the failed images of this one."""
    return Batch.objects.filter(retry_of_id=batch.pk).first()
