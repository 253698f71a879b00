"""The life of a job: which state may follow which. Terminal states never change."""

from collections.abc import Mapping
from enum import StrEnum


class JobStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LEGAL: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.PROCESSING, JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.PROCESSING: frozenset(
        {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.QUEUED, JobStatus.CANCELLED}
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}

TERMINAL = frozenset(status for status, following in LEGAL.items() if not following)


class IllegalTransition(ValueError):
    """A job was asked to enter a state that cannot follow its present one."""


def is_terminal(status: str) -> bool:
    return JobStatus(status) in TERMINAL


def sources(target: JobStatus) -> frozenset[JobStatus]:
    """The states from which `target` may be entered, for use in conditional updates."""
    return frozenset(status for status, following in LEGAL.items() if target in following)


def check(current: str, target: JobStatus) -> None:
    """Raise IllegalTransition unless `target` may follow `current`."""
    if target not in LEGAL[JobStatus(current)]:
        raise IllegalTransition(f"{current} cannot become {target}")
