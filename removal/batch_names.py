"""The public identifiers of the batches that images belong to.

Rows of this app hold a batch's primary key only. The app of batches lies above and must not be
imported from here, so it registers its look-ups when it is loaded.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from removal.models import Job


class BatchNames(Protocol):
    def public_ids(self, *, keys: Collection[int]) -> Mapping[int, str]:
        """The public identifiers of batches by primary key."""

    def owned_key(self, *, user_id: int, batch_id: str) -> int:
        """The primary key of a user's batch; raises NotFound."""


_registered: list[BatchNames] = []


def register(names: BatchNames) -> None:
    _registered[:] = [names]


def of(jobs: Iterable[Job]) -> Mapping[int, str]:
    """The public identifiers of the batches of these jobs, by primary key."""
    keys = {job.batch_id for job in jobs if job.batch_id is not None}
    return _registered[0].public_ids(keys=keys) if keys else {}


def owned_key(*, user_id: int, batch_id: str) -> int:
    """Raises NotFound for a batch that does not exist or belongs to somebody else."""
    return _registered[0].owned_key(user_id=user_id, batch_id=batch_id)
