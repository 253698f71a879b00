"""Copies of results, so that two callers may have the same one and each may erase their own."""

from datetime import datetime

from billing.services import PricingType
from common.ids import new_id
from common.storage.deposits import Deposit, stored
from removal import keys
from removal.lifecycle import JobStatus
from removal.models import Job

_SAME = (
    *("source", "tier", "options", "original_size", "width", "height", "format"),
    *("result_size", "result_width", "result_height", "result_format", "foreground"),
    *("ai_provider", "model_name", "model_version", "engine"),
)


def of(job: Job, *, filename: str, request_id: str, now: datetime) -> Job:
    """A completed job of the same owner with a copy of the result, free of charge.

    It has no original and took no time, so estimates do not count it. Raises FileNotFoundError
    when the result is no longer there.
    """
    if not job.published_key:
        raise FileNotFoundError(job.public_id)
    copy = Job(
        public_id=new_id("job"),
        user_id=job.user_id,
        status=JobStatus.COMPLETED,
        pricing_type=PricingType.CREDITS,
        filename=keys.safe_filename(filename),
        request_id=request_id,
        created_at=now,
        available_at=now,
        completed_at=now,
        settled_at=now,
        **{name: getattr(job, name) for name in _SAME},
    )
    owner, extension = keys.owner_of(job.published_key), job.published_key.rsplit(".", 1)[-1]
    copy.result_key = keys.result_key(owner, copy.public_id, 1, copy.result_token, extension)
    with stored([Deposit(copy.result_key, copy_of=job.published_key)]):
        copy.save(force_insert=True)
    return copy
