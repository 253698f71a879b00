"""Storage of what accompanies a result: its mask, and previews of the original and the result.

The mask is stored with the result. Previews are made after the job was settled, because they take
longer than a small result does and nobody needs to wait for them; until then, and for a job whose
worker died in between, there are none.
"""

import logging

from common import storage
from removal import erasure, keys
from removal.engine.types import Extras, Previews
from removal.lifecycle import JobStatus
from removal.models import Job
from removal.settlement import Result

logger = logging.getLogger(__name__)


def store_mask(extras: Extras | None, result_key: str) -> None:
    if extras is not None:
        storage.put(keys.mask_key(result_key), extras.mask, content_type="image/png", durable=False)


def store(job: Job, result: Result) -> None:
    """Make and store the previews of a settled result."""
    if result.extras is not None:
        make(job, result.key, result.extras)


def make(job: Job, result_key: str, extras: Extras) -> bool:
    """Make and store the previews of a published result; True if they are there.

    It never raises, as the result is what counts. Should it be erased meanwhile, they go again.
    """
    try:
        _put(result_key, "original", extras.of_original())
        _put(result_key, "result", extras.of_result())
        return _publish(job, result_key)
    except Exception:
        logger.exception("the previews of %s could not be stored", job.public_id)
        return False


def _put(result_key: str, of: str, made: Previews) -> None:
    small, large = keys.preview_keys(result_key, of)
    storage.put(small, made.small, content_type="image/webp", durable=False)
    storage.put(large, made.large, content_type="image/webp", durable=False)


def _publish(job: Job, result_key: str) -> bool:
    """Say at the job that there are previews, unless the result is gone.

    Whoever erases a result deletes what lies beside it by name, so either they or this does.
    """
    named = Job.objects.filter(pk=job.pk, status=JobStatus.COMPLETED, result_key=result_key)
    if not named.update(has_previews=True):
        erasure.drop_previews(result_key)
        return False
    if not named.exclude(original_key="").exists():
        erasure.drop_showing_original(result_key)
    return True
