"""Reading jobs, always within what one customer owns."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Q, QuerySet

from common.http.errors import NotFound
from common.http.listing import Wanted, narrowed
from removal import keys as storage_keys
from removal.lifecycle import JobStatus
from removal.models import Job, Version

# The type of the rows that these queries return, for other apps to annotate with.
JobRow: TypeAlias = Job


@dataclass(frozen=True)
class AnyJob:
    """Filters of the operators' listing; it continues after the job `before`."""

    wanted: Wanted
    user_id: int | None = None
    batch_id: int | None = None
    before: str | None = None

    @property
    def only_by_kind(self) -> bool:
        """True if the only filters are state and tier."""
        rest = (self.user_id, self.batch_id, self.wanted.start, self.wanted.end, self.before)
        return all(value is None for value in rest)


def owned_job(*, user_id: int, job_id: str) -> Job:
    """Raises NotFound for a job that does not exist or belongs to somebody else."""
    job = Job.objects.filter(user_id=user_id, public_id=job_id).first()
    if job is None:
        raise NotFound("There is no such job", details={"jobId": job_id[:64]})
    return job


def owned_jobs(
    *,
    user_id: int,
    wanted: Wanted,
    batch_id: int | None = None,
    in_batch: bool | None = None,
    name_part: str = "",
    before: str | None = None,
) -> QuerySet[Job]:
    """A user's jobs: of one batch only, of any or no batch, with `name_part` in the file name, or
    older than one of them, if they say so.

    Raises NotFound for a `before` that is not theirs.
    """
    jobs = Job.objects.filter(user_id=user_id)
    if in_batch is not None:
        jobs = jobs.filter(batch_id__isnull=not in_batch)
    if name_part:
        jobs = jobs.filter(filename__icontains=name_part)
    if before is not None:
        owned_job(user_id=user_id, job_id=before)
        jobs = _older_than(before, jobs)
    if batch_id is not None:
        jobs = jobs.filter(batch_id=batch_id)
    return narrowed(jobs, wanted)


def all_jobs(*, which: AnyJob) -> QuerySet[JobRow]:
    """Everybody's jobs with their owners; raises NotFound for an unknown `before`."""
    owners = {"user_id": which.user_id, "batch_id": which.batch_id}
    given = {name: value for name, value in owners.items() if value is not None}
    jobs = narrowed(Job.objects.select_related("user").filter(**given), which.wanted)
    return _older_than(which.before, jobs) if which.before else jobs


def _older_than(job_id: str, jobs: QuerySet[Job]) -> QuerySet[Job]:
    mark = Job.objects.filter(public_id=job_id).values_list("created_at", "pk").first()
    if mark is None:
        raise NotFound("There is no such job", details={"before": job_id[:64]})
    created_at, pk = mark
    at_once = Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk)
    # The first condition says nothing new, but an index can answer it.
    return jobs.filter(at_once, created_at__lte=created_at)


def by_idempotency_key(*, user_id: int, key: str) -> Job | None:
    return Job.objects.filter(user_id=user_id, idempotency_key=key).first()


def owned_among(*, user_id: int, job_ids: Collection[str]) -> QuerySet[Job]:
    """The jobs among these that a user owns, newest first."""
    return Job.objects.filter(user_id=user_id, public_id__in=job_ids).order_by("-pk")


def result_name(key: str) -> str | None:
    """The download name of the result, or of the file beside one, under this storage key.

    None unless a completed job that has been settled names the result: no other may be read.
    """
    job_id = storage_keys.job_of(key)
    settled = Job.objects.filter(
        public_id=job_id, status=JobStatus.COMPLETED, settled_at__isnull=False
    ).exclude(result_key="")
    found = settled.values_list("pk", "result_key", "filename").first()
    if found is None:
        return None
    pk, result_key, filename = found
    if not _is_of(key, result_key):
        versions = Version.objects.filter(job=pk).exclude(result_key="")
        if not any(_is_of(key, other) for other in versions.values_list("result_key", flat=True)):
            return None
    return storage_keys.download_name(filename, key.rpartition(".")[2])


def _is_of(key: str, result_key: str) -> bool:
    return key == result_key or key in storage_keys.beside(result_key)


def originals_among(*, keys: Collection[str]) -> set[str]:
    """The keys among these that a job still names as its original."""
    jobs = Job.objects.exclude(original_key="").filter(original_key__in=keys)
    return set(jobs.values_list("original_key", flat=True))
