"""One work queue in Postgres: what can happen to its rows, and what can never happen.

The guarantees, which `tests/common/workqueue/contract.py` checks for every queue:

- Two workers never hold the same row: claiming locks it, and skips what others have locked.
- Only the holder of the current lease changes a row. A worker that was slow, an operator's replay
  or a sweeper in between are told apart by the token, not by time, so a clock that jumps can cost
  a second attempt and never a wrong outcome.
- A row whose worker died can be claimed again when its lease ends, and is given up when its
  attempts are used up.
- With the broker emptied, `sweep` sends again what waits, each row once however many sweep.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.contrib.postgres.functions import RandomUUID
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least

from common.workqueue.backoff import Backoff
from common.workqueue.dispatch import TaskRef
from common.workqueue.models import QueueRow

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=QueueRow)
Columns = Mapping[str, Any]

_NO_LEASE: Columns = {"lease_token": None, "lease_expires_at": None}
# The most rows that one sweep moves; the next sweep continues.
SWEEP_ROWS = 500
# How far the clocks of two machines may differ without a new row being overlooked by the worker
# that it was dispatched to.
CLOCK_SKEW = timedelta(seconds=10)


class LeaseLost(Exception):
    """The row is no longer under this lease: it was claimed, ended or replayed meanwhile."""


@dataclass(frozen=True)
class Swept:
    """Counts of one sweep: rows that it dispatched again, gave up, and took back from dead workers.

    The last is counted only where a claimed row has another state than a waiting one.
    """

    dispatched: int
    given_up: int
    taken_back: int = 0


def at_once(now: datetime) -> datetime:
    """`available_at` of a row that any machine may claim now, also one whose clock is behind."""
    return now - CLOCK_SKEW


@dataclass(frozen=True, kw_only=True)
class WorkQueue(Generic[Row]):
    """The rows of `model` that are `open`, and how they are worked on.

    `given_up` are the columns of a row whose attempts are used up, at a moment. `reopened` are
    those of one that is replayed. `max_attempts` of None means that a row is tried for ever.
    `longest_wait` is the longest that a row is ever put off; what waits longer was put off by a
    clock that was wrong.

    Where a claimed row has another state than a waiting one, `held` says which rows workers hold,
    `leased` are the columns of a row that is claimed, and `returned` those of one that is given
    back. Where a row's end takes more than columns, money for example, leave `given_up` out and
    give `sweep` a function.

    With a `task`, the queue dispatches its rows to workers: `arguments` makes one message for each
    row; without it, one message stands for all rows. `dispatch_after` is how long a row waits for
    a worker before it is dispatched again. Where the broker's queue holds the messages of this
    queue and no others, say `owns_messages`, and a sweep sends none while every row has one.
    """

    model: type[Row]
    open: Q
    held: Q | None = None
    leased: Columns = field(default_factory=dict)
    returned: Columns = field(default_factory=dict)
    lease: Callable[[], timedelta]
    backoff: Backoff
    longest_wait: timedelta
    max_attempts: Callable[[], int] | None = None
    given_up: Callable[[datetime], Columns] | None = None
    reopened: Columns = field(default_factory=dict)
    task: TaskRef | None = None
    arguments: Callable[[Row], Columns] | None = None
    dispatch_after: Callable[[], timedelta] = lambda: timedelta(minutes=1)
    owns_messages: bool = False

    # --- working on rows ---

    def claim(self, *, now: datetime, limit: int = 1, only: Q | None = None) -> list[Row]:
        """Lease up to `limit` rows that are due, the longest due first; each counts an attempt.

        Rows that another worker is taking at this moment are skipped, never waited for.
        """
        return self._lease(self.due(now=now).filter(only or Q()), limit=limit, count=1, now=now)

    def take(self, rows: list[Row], *, now: datetime, count: int = 1) -> None:
        """Lease open rows that the caller has locked; `count` says how many attempts that is.

        Each gets a token of its own.
        """
        expires_at = now + self.lease()
        columns = {"lease_expires_at": expires_at, "available_at": expires_at, **self.leased}
        if not rows:
            return
        taken = self._all().filter(pk__in=[row.pk for row in rows])
        taken.update(lease_token=RandomUUID(), attempts=F("attempts") + count, **columns)
        tokens = dict(taken.values_list("pk", "lease_token"))
        for row in rows:
            shown = {"lease_token": tokens[row.pk], "attempts": row.attempts + count}
            _show(row, {**shown, **columns})

    def renew(self, row: Row, *, now: datetime) -> None:
        """Let the lease last anew from `now`. Raises `LeaseLost`."""
        expires_at = now + self.lease()
        self._write(row, {"lease_expires_at": expires_at, "available_at": expires_at})

    def complete(self, row: Row, **ending: Any) -> None:
        """End a claimed row with the columns `ending`. Raises `LeaseLost` and changes nothing."""
        self._write(row, {**_NO_LEASE, "last_error": "", **ending})

    def fail(
        self,
        row: Row,
        *,
        error: str,
        now: datetime,
        final: bool = False,
        wait: timedelta | None = None,
        **columns: Any,
    ) -> bool:
        """Note a failed attempt; True when the row is given up by that.

        It is tried again after `wait`, or the queue's back-off, unless the failure is `final` or
        the attempts are used up. Raises `LeaseLost` and then changes nothing.
        """
        noted = {**_NO_LEASE, "last_error": self._fitting(error), **columns}
        if final or self.is_exhausted(row):
            self._write(row, {**noted, **self._given_up(now)})
            return True
        pause = self.backoff(row.attempts) if wait is None else wait
        self._write(row, {**noted, "available_at": now + pause, **self.returned})
        return False

    def postpone(
        self, row: Row, *, until: datetime, error: str = "", counted: bool = False, **columns: Any
    ) -> None:
        """Give a claimed row back, to be taken `until` then at the earliest.

        For what is not the row's fault: unless `counted`, the attempt is not. Raises `LeaseLost`.
        """
        attempts = row.attempts if counted else max(row.attempts - 1, 0)
        back = {"available_at": until, "attempts": attempts, "last_error": self._fitting(error)}
        self._write(row, {**_NO_LEASE, **back, **self.returned, **columns})

    def under_lease(self, row: Row) -> QuerySet[Row]:
        """The row as long as it is under the lease that `row` shows, else nothing."""
        return self._all().filter(self._held, pk=row.pk, lease_token=row.lease_token)

    def is_exhausted(self, row: Row) -> bool:
        """True if the attempt that `row` shows was its last."""
        return self.max_attempts is not None and row.attempts >= self.max_attempts()

    # --- from outside ---

    def replay(self, rows: QuerySet[Row], *, now: datetime) -> int:
        """Open rows anew with all their attempts, whatever became of them; returns how many.

        A worker that holds one at this moment loses its lease, so its outcome is dropped.
        """
        return rows.update(
            available_at=at_once(now),
            dispatched_at=now,
            attempts=0,
            last_error="",
            **_NO_LEASE,
            **self.reopened,
        )

    def dispatch(self, rows: Iterable[Row] = ()) -> None:
        """Dispatch these rows to workers once the current transaction is committed.

        Whoever calls this sets `dispatched_at` in the same transaction.
        """
        for arguments in self._messages(list(rows)):
            self._task.send_on_commit(**arguments)

    # --- from beat ---

    def sweep(
        self, *, now: datetime, give_up: Callable[[Row, datetime], None] | None = None
    ) -> Swept:
        """Restore from the rows alone what the broker, a worker or a clock has lost.

        `give_up` ends a row whose attempts are used up, under the lease that the row shows. Safe
        to run anywhere, at any time, and by several at once.
        """
        taken_back = self._take_back(now) if self.held is not None else 0
        self._bring_forward(now)
        given_up = self._end_exhausted(now, give_up) if give_up else self._give_up_exhausted(now)
        rows = self._take_undispatched(now) if self._needs_messages(now) else []
        for arguments in self._messages(rows) if rows else ():
            if not self._task.send(**arguments):
                break
        return Swept(dispatched=len(rows), given_up=given_up, taken_back=taken_back)

    def due(self, *, now: datetime) -> QuerySet[Row]:
        """The rows that can be claimed now, the longest due first."""
        due = self._free(now).order_by("available_at", "pk")
        return due if self.max_attempts is None else due.filter(attempts__lt=self.max_attempts())

    @transaction.atomic
    def _take_undispatched(self, now: datetime) -> list[Row]:
        """Due rows whose last dispatch is long ago, which are marked as dispatched now.

        Also those that were dispatched before they could be claimed, and those that were
        dispatched in the future, by a clock that was wrong.
        """
        after = self.dispatch_after()
        undispatched = (
            Q(dispatched_at__isnull=True)
            | Q(dispatched_at__lte=now - after)
            | Q(dispatched_at__lt=F("available_at"))
            | Q(dispatched_at__gt=now + after)
        )
        late = self.due(now=now).filter(undispatched)
        rows = list(late.select_for_update(skip_locked=True, of=("self",))[:SWEEP_ROWS])
        self._all().filter(pk__in=[row.pk for row in rows]).update(dispatched_at=now)
        return rows

    def _give_up_exhausted(self, now: datetime) -> int:
        """Rows whose last attempt never ended, because its worker died."""
        return self._exhausted(now).update(
            **_NO_LEASE, last_error="The last attempt did not end", **self._given_up(now)
        )

    def _end_exhausted(self, now: datetime, give_up: Callable[[Row, datetime], None]) -> int:
        """The same for rows that are ended one by one, each under a lease of this sweep.

        The lease counts no attempt. Should the sweep die, the next one goes on when it ends.
        """
        exhausted = self._exhausted(now).order_by("available_at", "pk")
        ended = 0
        for row in self._lease(exhausted, limit=SWEEP_ROWS, count=0, now=now):
            try:
                give_up(row, now)
                ended += 1
            except LeaseLost:
                continue
            except Exception:
                # One row that cannot be ended must not keep the others from it.
                logger.exception("%s could not be given up", row)
        return ended

    def _given_up(self, now: datetime) -> Columns:
        """The columns of a row without attempts left; without `given_up`, the sweep ends it."""
        if self.given_up is not None:
            return self.given_up(now)
        attempts = {} if self.max_attempts is None else {"attempts": self.max_attempts()}
        return {**attempts, **self.returned}

    def _exhausted(self, now: datetime) -> QuerySet[Row]:
        if self.max_attempts is None:
            return self._all().none()
        return self._free(now).filter(attempts__gte=self.max_attempts())

    def _free(self, now: datetime) -> QuerySet[Row]:
        """Open rows that are available and with no worker.

        Both moments are looked at, because the previous release moves only one of them.
        """
        nobody = Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lte=now)
        return self._all().filter(self.open, nobody, available_at__lte=now)

    @transaction.atomic
    def _lease(self, rows: QuerySet[Row], *, limit: int, count: int, now: datetime) -> list[Row]:
        found = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
        self.take(found, now=now, count=count)
        return found

    @transaction.atomic
    def _take_back(self, now: datetime) -> int:
        """Make rows wait again whose worker died, or whose lease a clock that was ahead has set.

        They are available since the lease began, so that they can be had by every clock.
        """
        ended = Q(lease_expires_at__lte=now) | Q(lease_expires_at__gt=self._too_late(now))
        dead = self._all().filter(ended, self._held).order_by("lease_expires_at")
        found = dead.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
        rows = self._all().filter(pk__in=list(found[:SWEEP_ROWS]))
        since = Least(F("lease_expires_at") - self.lease(), at_once(now))
        return rows.update(available_at=since, dispatched_at=None, **_NO_LEASE, **self.returned)

    def _needs_messages(self, now: datetime) -> bool:
        if self.task is None or not self.owns_messages:
            return self.task is not None
        backlog = self.task.backlog()
        # More messages than rows would only pile up while all workers are busy.
        return self.due(now=now).order_by()[: backlog + 1].count() > backlog

    def _bring_forward(self, now: datetime) -> None:
        """Rows that wait longer than any row is put off, because a clock was ahead."""
        self._all().filter(self.open, available_at__gt=self._too_late(now)).update(
            available_at=at_once(now), **_NO_LEASE
        )

    def _too_late(self, now: datetime) -> datetime:
        return now + max(self.longest_wait, self.lease()) * 2

    # --- helpers ---

    @property
    def _held(self) -> Q:
        return self.open if self.held is None else self.held

    @property
    def _task(self) -> TaskRef:
        if self.task is None:
            raise TypeError(f"the queue of {self.model.__name__} has no task")
        return self.task

    def _messages(self, rows: list[Row]) -> Iterable[Columns]:
        return ({},) if self.arguments is None else [self.arguments(row) for row in rows]

    def _write(self, row: Row, columns: Columns) -> None:
        """Change the row under its lease, in the database and then in the object."""
        if row.lease_token is None or not self.under_lease(row).update(**columns):
            raise LeaseLost(str(row))
        _show(row, columns)

    def _fitting(self, error: str) -> str:
        # Postgres takes no NUL in a text.
        limit = getattr(self.model._meta.get_field("last_error"), "max_length", None) or 2000
        return error.replace("\0", "")[:limit]

    def _all(self) -> QuerySet[Row]:
        return self.model._default_manager.all()


def _show(row: QueueRow, columns: Columns) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
