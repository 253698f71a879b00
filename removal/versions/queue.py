"""The work queue of versions. They are rendered by the workers of singles: somebody waits."""

from datetime import timedelta

from django.db.models import Q

from common.workqueue import TaskRef, WorkQueue
from removal import conf
from removal.models import Version
from removal.queue import LONGEST_PAUSE

RENDER = TaskRef("removal.tasks.render_version", queue="interactive")

VERSIONS: WorkQueue[Version] = WorkQueue(
    model=Version,
    open=Q(status=Version.Status.QUEUED),
    lease=conf.lease,
    backoff=lambda _: timedelta(0),
    longest_wait=LONGEST_PAUSE,
    max_attempts=lambda: conf.max_attempts(in_batch=False),
    given_up=lambda now: {
        "status": Version.Status.FAILED,
        "error_code": "INTERNAL_ERROR",
        "error_message": "The picture could not be rendered. Please try again",
        "completed_at": now,
        # A failure of ours may be tried again under the same key.
        "idempotency_key": None,
    },
    reopened={"status": Version.Status.QUEUED, "completed_at": None, "error_code": ""},
    task=RENDER,
    arguments=lambda version: {"version_id": version.pk},
    dispatch_after=conf.dispatch_after,
)


def waiter(version: Version) -> str:
    """The name under which one waits for this version."""
    return f"version:{version.pk}"
