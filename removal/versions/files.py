"""The files of a job's versions, for whoever deletes or keeps them.

The jobs come with `versions` prefetched, or each is asked for its own.
"""

from removal import keys
from removal.models import Job, Version


def result_key(job: Job, version: Version, attempt: int, extension: str) -> str:
    """The key of the result of one attempt at a version; the job still has its original."""
    owner = keys.owner_of(job.original_key)
    first = keys.result_key(owner, job.public_id, attempt, version.result_token, extension)
    return f"{first.rpartition('.')[0]}-v{version.number}.{extension}"


def kept(job: Job) -> list[str]:
    """Every file that a version names or has beside its result."""
    found = []
    for version in job.versions.all():
        found += _sent(version)
        if version.result_key:
            found += [version.result_key, *keys.beside(version.result_key)]
    return found


def all_of(job: Job) -> list[str]:
    """The same, with what attempts that never ended may have left."""
    found = kept(job)
    for version in job.versions.all() if job.original_key else ():
        for result_key in _attempts(job, version):
            found += [result_key, *keys.beside(result_key)]
    return found


def showing_original(job: Job) -> list[str]:
    """Keys of files sent for versions, and of those beside results that show the original."""
    found = []
    for version in job.versions.all():
        found += _sent(version)
        if version.result_key:
            found += keys.showing_original(version.result_key)
    return found


def _sent(version: Version) -> list[str]:
    sent = (version.mask_key, version.background_key)
    return [key for key in sent if keys.is_of_version(key)]


def _attempts(job: Job, version: Version) -> list[str]:
    extension = version.options.get("format", "png")
    attempts = range(1, version.attempts + 1)
    return [result_key(job, version, attempt, extension) for attempt in attempts]
