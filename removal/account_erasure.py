"""The part of an account's erasure that concerns jobs."""

from datetime import datetime

from common import storage
from common.users import UserRef
from removal import erasure, keys, lifecycle, services
from removal.models import Job
from removal.presets import services as presets

SINGLES_AT_ONCE = 200


def erase(*, user: UserRef, now: datetime) -> bool:
    """A step of `common.account_erasure`: presets, singles, and what lies in the user's folders.

    What has not ended is cancelled and costs nothing.
    """
    presets.erase(user_id=user.pk)
    kept = Job.objects.filter(user_id=user.pk, batch_id__isnull=True, erased_at__isnull=True)
    running = kept.exclude(status__in=lifecycle.TERMINAL)
    for job_id in running.values_list("public_id", flat=True)[:SINGLES_AT_ONCE]:
        services.erase(user_id=user.pk, job_id=job_id, now=now)
    ended = kept.filter(status__in=lifecycle.TERMINAL).order_by("pk")
    erasure.erase_all(jobs=list(ended[:SINGLES_AT_ONCE]), now=now)
    if kept.exists():
        return False
    # Also what a worker or a request left behind that did not live to say where.
    for folder in keys.folders(user.public_id):
        for key, _ in storage.listed(folder):
            storage.delete(key)
    return True
