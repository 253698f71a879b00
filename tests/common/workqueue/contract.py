"""The contract of every work queue. A queue's own test module makes a subclass of `QueueContract`.

Its name begins with `Test`, so pytest runs the contract for that queue:

    class TestStripeEvents(QueueContract):
        queue = processor.QUEUE
        ending = {"status": EventStatus.DONE}

        def add(self) -> StripeEvent: ...
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone

from common.workqueue import LeaseLost, QueueRow, Swept, WorkQueue

SECOND = timedelta(seconds=1)
LONG = timedelta(days=400)


@pytest.mark.django_db
class QueueContract:
    """`ending` are the columns with which a row of this queue ends well."""

    queue: ClassVar[WorkQueue[Any]]
    ending: ClassVar[dict[str, Any]]

    def add(self) -> QueueRow:
        """A row that waits, as the product writes it down."""
        raise NotImplementedError

    def claim(self, now: datetime, limit: int) -> list[Any]:
        """Claim rows as workers do; a queue that counts attempts later overrides this."""
        return self.queue.claim(now=now, limit=limit)

    def sweep(self, now: datetime) -> Swept:
        """The sweep as beat runs it; a queue whose rows end by a function has its own."""
        return self.queue.sweep(now=now)

    # --- claim and fence ---

    def test_a_row_is_claimed_once(self) -> None:
        row = self._waiting()
        assert [each.pk for each in self._claim()] == [row.pk]
        assert self._claim() == []

    def test_a_row_is_not_claimed_before_it_is_available(self) -> None:
        row = self._waiting(available_at=self._now() + timedelta(minutes=1))
        assert self._claim() == []
        assert self._claim(now=self._now() + timedelta(minutes=2)) == [row]

    def test_the_longest_due_is_claimed_first(self) -> None:
        later, sooner = self._waiting(), self._waiting(available_at=self._now() - SECOND)
        assert [each.pk for each in self._claim(limit=1)] == [sooner.pk]
        assert [each.pk for each in self._claim(limit=1)] == [later.pk]

    def test_a_completed_row_never_comes_up_again(self) -> None:
        row = self._claimed()
        self.queue.complete(row, **self.ending)
        self._reread(row)
        assert (row.lease_token, row.lease_expires_at) == (None, None)
        assert self._claim(now=self._now() + LONG) == []

    @pytest.mark.django_db(transaction=True)
    def test_workers_at_the_same_time_never_hold_the_same_row(self) -> None:
        for _ in range(12):
            self._waiting()
        parts = _at_once(4, lambda: self._claim(limit=4))
        claimed = [row.pk for part in parts for row in part]
        assert len(claimed) == len(set(claimed)) > 0

    def test_a_slow_worker_changes_nothing_once_the_row_is_with_another(self) -> None:
        slow = self._claimed()
        fast = self._claim_after_lease()[0]
        self._is_fenced_out(slow)
        self.queue.complete(fast, **self.ending)
        self._is_fenced_out(slow)
        self._is_fenced_out(fast)

    def test_a_renewed_lease_keeps_others_away(self) -> None:
        row = self._claimed()
        self.queue.renew(row, now=self._after_lease() - 2 * SECOND)
        assert self._claim(now=self._after_lease()) == []
        self.queue.complete(row, **self.ending)

    # --- an operator's replay ---

    def test_a_replay_takes_the_row_from_the_worker_that_holds_it(self) -> None:
        held = self._claimed()
        assert self.queue.replay(self._only(held), now=self._now()) == 1
        self._is_fenced_out(held)
        (again,) = self._claim()
        assert (again.pk, again.attempts) == (held.pk, 1)

    def test_a_replayed_row_has_all_its_attempts_again(self) -> None:
        row = self._claimed()
        self.queue.fail(row, error="no", now=self._now())
        self.queue.replay(self._only(row), now=self._now())
        (again,) = self._claim()
        assert (again.pk, again.attempts, again.last_error) == (row.pk, 1, "")

    # --- failures and the cap on attempts ---

    def test_a_failed_row_waits_for_the_back_off_and_says_why(self) -> None:
        row = self._claimed()
        assert not self.queue.fail(row, error="no\0 luck", now=self._now())
        self._reread(row)
        assert row.last_error == "no luck"
        assert row.available_at >= self._now()
        assert self._claim(now=row.available_at - timedelta(microseconds=1)) == []
        assert self._claim(now=row.available_at)[0].attempts == 2

    def test_an_error_of_any_length_can_be_noted(self) -> None:
        row = self._claimed()
        self.queue.fail(row, error="x" * 10_000, now=self._now())
        self._reread(row)
        assert row.last_error

    def test_a_postponed_row_keeps_its_attempts(self) -> None:
        row = self._claimed()
        self.queue.postpone(row, until=self._now() + SECOND, error="away")
        self._reread(row)
        assert (row.attempts, row.last_error) == (0, "away")
        assert self._claim() == []
        assert self._claim(now=self._now() + SECOND)[0].attempts == 1

    def test_the_last_attempt_ends_the_row_or_there_is_no_last_one(self) -> None:
        row = self._claimed(attempts=self._cap() - 1)
        given_up = self.queue.fail(row, error="no", now=self._now())
        assert given_up == (self.queue.max_attempts is not None)
        assert (self._claim(now=self._now() + LONG) == []) == given_up

    def test_a_final_failure_ends_the_row(self) -> None:
        if self.queue.max_attempts is None:
            pytest.skip("rows of this queue are tried for ever")
        row = self._claimed()
        assert self.queue.fail(row, error="no", now=self._now(), final=True)
        assert self._claim(now=self._now() + LONG) == []

    # --- crashes ---

    def test_a_row_whose_worker_died_is_claimed_again_when_its_lease_ends(self) -> None:
        row = self._claimed()
        assert self._claim(now=self._now() + self.queue.lease() - SECOND) == []
        (again,) = self._claim_after_lease()
        assert (again.pk, again.attempts) == (row.pk, 2)

    def test_a_row_that_kills_its_workers_is_given_up(self) -> None:
        row = self._claimed(attempts=self._cap() - 1)
        swept = self._sweep(now=self._after_lease())
        capped = self.queue.max_attempts is not None
        assert swept.given_up == int(capped)
        assert (self._claim(now=self._after_lease()) == []) == capped
        assert self._only(row).exists()

    def test_a_sweep_leaves_a_living_worker_its_last_attempt(self) -> None:
        row = self._claimed(attempts=self._cap() - 1)
        assert self._sweep(now=self._now() + SECOND).given_up == 0
        self.queue.complete(row, **self.ending)

    def test_a_crash_between_a_claim_and_its_commit_leaves_the_row_as_it_was(self) -> None:
        row = self._waiting()
        with transaction.atomic():
            self._claim()
            transaction.set_rollback(True)
        assert [each.pk for each in self._claim()] == [row.pk]

    # --- clocks ---

    def test_a_clock_that_was_ahead_does_not_strand_a_row(self) -> None:
        row = self._waiting()
        self._claim(now=self._now() + LONG)
        assert self._claim() == []
        self._sweep()
        assert [each.pk for each in self._claim()] == [row.pk]

    def test_a_clock_that_goes_back_leaves_the_row_with_its_holder(self) -> None:
        row = self._claimed()
        assert self._claim(now=self._now() - timedelta(hours=1)) == []
        self._sweep(now=self._now() - timedelta(seconds=2))
        self.queue.complete(row, **self.ending)

    # --- helpers ---

    def _now(self) -> datetime:
        if not hasattr(self, "_moment"):
            self._moment = timezone.now()
        return self._moment

    def _after_lease(self) -> datetime:
        return self._now() + self.queue.lease() + SECOND

    def _cap(self) -> int:
        return self.queue.max_attempts() if self.queue.max_attempts else 100

    def _waiting(self, **columns: Any) -> Any:
        row = self.add()
        moments = {"available_at": self._now(), "dispatched_at": self._now()}
        self._only(row).update(**{**moments, **columns})
        self._reread(row)
        return row

    def _claimed(self, **columns: Any) -> Any:
        self._waiting(**columns)
        (row,) = self._claim()
        return row

    def _claim(self, *, now: datetime | None = None, limit: int = 10) -> list[Any]:
        return self.claim(now or self._now(), limit)

    def _claim_after_lease(self) -> list[Any]:
        """A sweep makes expired rows wait again where claimed rows have a state of their own."""
        if self.queue.held is not None:
            assert self._sweep(now=self._after_lease()).taken_back == 1
        return self._claim(now=self._after_lease())

    def _sweep(self, *, now: datetime | None = None) -> Swept:
        return self.sweep(now or self._now())

    def _only(self, row: QueueRow) -> Any:
        return self.queue.model._default_manager.filter(pk=row.pk)

    def _reread(self, row: QueueRow) -> None:
        row.refresh_from_db()

    def _is_fenced_out(self, row: Any) -> None:
        before = self._only(row).values().get()
        with pytest.raises(LeaseLost):
            self.queue.complete(row, **self.ending)
        with pytest.raises(LeaseLost):
            self.queue.fail(row, error="too late", now=self._now())
        with pytest.raises(LeaseLost):
            self.queue.postpone(row, until=self._now())
        with pytest.raises(LeaseLost):
            self.queue.renew(row, now=self._now())
        assert self._only(row).values().get() == before


class DispatchedQueueContract(QueueContract):
    """The same for a queue that tells workers of its rows."""

    def test_with_the_broker_emptied_a_sweep_tells_of_what_waits_once(
        self, broker: redis.Redis
    ) -> None:
        self._waiting()
        assert self._sweep().dispatched == 0
        broker.flushdb()
        late = self._now() + self.queue.dispatch_after() + SECOND
        assert self._sweep(now=late).dispatched == 1
        assert self._sweep(now=late).dispatched == 0
        assert self._messages(broker) == 1

    def test_an_ended_row_is_not_dispatched(self, broker: redis.Redis) -> None:
        self.queue.complete(self._claimed(), **self.ending)
        assert self._sweep(now=self._now() + timedelta(hours=1)).dispatched == 0
        assert self._messages(broker) == 0

    def test_a_leased_row_is_not_dispatched_until_its_lease_ends(self) -> None:
        self._claimed()
        assert self._sweep(now=self._now() + self.queue.lease() - SECOND).dispatched == 0
        assert self._sweep(now=self._after_lease()).dispatched == 1

    @pytest.mark.django_db(transaction=True)
    def test_two_sweepers_at_once_dispatch_each_row_once(self) -> None:
        for _ in range(12):
            self._waiting(dispatched_at=None)
        late = self._now()
        swept = _at_once(4, lambda: self._sweep(now=late))
        assert sum(each.dispatched for each in swept) == 12

    @pytest.mark.django_db(transaction=True)
    def test_a_dispatch_is_sent_after_the_commit_and_never_after_a_rollback(
        self, broker: redis.Redis
    ) -> None:
        row = self._waiting()
        broker.flushdb()
        with transaction.atomic():
            self.queue.dispatch([row])
            transaction.set_rollback(True)
        assert self._messages(broker) == 0
        with transaction.atomic():
            self.queue.dispatch([row])
            assert self._messages(broker) == 0
        assert self._messages(broker) == 1

    def test_a_clock_that_was_ahead_does_not_keep_a_row_from_being_dispatched(self) -> None:
        self._waiting(dispatched_at=self._now() + LONG)
        assert self._sweep().dispatched == 1

    def _messages(self, broker: redis.Redis) -> int:
        assert self.queue.task is not None
        return int(broker.llen(self.queue.task.queue))  # type: ignore[arg-type]


def _at_once(threads: int, work: Callable[[], Any]) -> Sequence[Any]:
    """The results of `work` in so many threads that begin together."""

    def one(_: int) -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))
