"""The work queue of images that are fetched from addresses, and the worker's part of it."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from batches.models import Upload
from batches.models.uploads import TO_FETCH
from batches.uploads import storage_keys
from common import database, storage
from common.http.errors import ApiError, ErrorCode
from common.observability import metrics
from common.outbound.fetch import FetchFailed, FetchTooLarge
from common.workqueue import LeaseLost, TaskRef, WorkQueue, doubling
from removal import intake
from removal.engine.probe import Probe
from removal.intake import Checked

logger = logging.getLogger(__name__)

# Longer than the fetch of one image may take and its storing.
LEASE = timedelta(seconds=90)
AT_ONCE = 8
MAX_ATTEMPTS = 3
_LONGEST_PAUSE = timedelta(minutes=1)
FETCHED = metrics.counter("addresses_fetched_total", "Fetches of image addresses", ["outcome"])

FETCH_DUE = TaskRef("batches.uploads.tasks.fetch_due", queue="delivery", expires_s=120)

QUEUE: WorkQueue[Upload] = WorkQueue(
    model=Upload,
    open=TO_FETCH,
    lease=lambda: LEASE,
    backoff=doubling(timedelta(seconds=5), longest=_LONGEST_PAUSE),
    longest_wait=_LONGEST_PAUSE,
    max_attempts=lambda: MAX_ATTEMPTS,
    given_up=lambda now: {"failed_at": now},
    reopened={"failed_at": None, "error_code": "", "error_message": ""},
    task=FETCH_DUE,
)


@dataclass(frozen=True)
class Outcome:
    """Outcome of one attempt: the stored image, or the reason why there is none.

    A failure that is not `final` may be another one next time.
    """

    key: str = ""
    probe: Probe | None = None
    error: ApiError | None = None
    final: bool = True


def fetch_due(*, clock: Callable[[], datetime], for_s: float) -> int:
    """Fetch what is due, `AT_ONCE` at a time, until nothing is or `for_s` seconds have passed.

    Returns how many attempts were made.
    """
    ends = time.monotonic() + for_s
    made = 0
    while time.monotonic() < ends and (claimed := _claim(clock())):
        made += len(claimed)
        owners = _owners(claimed)
        # Remote servers may be slow, and fetching needs no database connection.
        database.release()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            outcomes = list(threads.map(attempt, claimed, owners))
        for upload, outcome in zip(claimed, outcomes, strict=True):
            _note(upload, outcome, now=clock())
    return made


def attempt(upload: Upload, owner: str) -> Outcome:
    """Fetch, look at the header and store; every error becomes an outcome. Uses no database."""
    try:
        found = intake.check(intake.Address(upload.source_url), field="url")
        return Outcome(_store(upload, owner, found), found.probe)
    except FetchTooLarge as problem:
        return Outcome(error=problem)
    except FetchFailed as problem:
        return Outcome(error=problem, final=_is_final(problem))
    except ApiError as problem:
        return Outcome(error=problem)
    except Exception:
        # An unexpected error at one address must not stop the others of the round.
        logger.exception("%s could not be fetched", upload.public_id)
        return Outcome(error=ApiError(), final=False)


def _claim(now: datetime) -> Sequence[Upload]:
    """Half of a round goes to the longest due, the rest to other customers if any wait.

    So nobody's list of slow addresses keeps the others waiting for its end.
    """
    first = QUEUE.claim(now=now, limit=AT_ONCE // 2)
    theirs = {upload.user_id for upload in first if upload.user_id is not None}
    others = QUEUE.claim(now=now, limit=AT_ONCE - len(first), only=~Q(user_id__in=theirs))
    rest = AT_ONCE - len(first) - len(others)
    more = QUEUE.claim(now=now, limit=rest) if rest else []
    return [*first, *others, *more]


def _owners(uploads: Sequence[Upload]) -> list[str]:
    """The public identifier of each one's customer, which is part of its key."""
    rows = Upload.objects.filter(pk__in=[upload.pk for upload in uploads])
    owners = dict(rows.values_list("pk", "user__public_id"))
    return [owners.get(upload.pk) or "" for upload in uploads]


def _store(upload: Upload, owner: str, found: Checked) -> str:
    """Store the image under a key of this attempt, so that a slow worker overwrites nothing."""
    key = storage_keys.key_of(
        user_id=owner,
        upload_id=upload.public_id,
        content_type=found.probe.content_type,
        attempt=upload.attempts,
    )
    found.upload.file.seek(0)
    storage.put(key, found.upload.file.read(), content_type=found.probe.content_type)
    return key


def _is_final(problem: FetchFailed) -> bool:
    """True for an answer that says that there is no such picture, or not for us."""
    status = (problem.details or {}).get("status", 0)
    return 400 <= status < 500 and status not in (408, 425, 429)


def _note(upload: Upload, outcome: Outcome, *, now: datetime) -> None:
    FETCHED.labels("failed" if outcome.error else "fetched").inc()
    try:
        if outcome.error is not None:
            _fail(upload, outcome.error, final=outcome.final, now=now)
        elif outcome.probe is not None:
            QUEUE.complete(
                upload,
                key=outcome.key,
                size=outcome.probe.bytes,
                content_type=outcome.probe.content_type,
                arrived_at=now,
                error_code="",
                error_message="",
            )
    except LeaseLost:
        logger.info("lease of %s lost: it was deleted or claimed by another worker", upload)
        if outcome.key:
            storage.delete(outcome.key)


def _fail(upload: Upload, error: ApiError, *, final: bool, now: datetime) -> None:
    code, message = str(error.code), error.message.replace("\0", "")[:300]
    if code == ErrorCode.INTERNAL_ERROR:
        message = "The image could not be fetched. Please try again"
    QUEUE.fail(upload, error=message, now=now, final=final, error_code=code, error_message=message)
