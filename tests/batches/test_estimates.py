from datetime import datetime, timedelta

import pytest
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from batches.scheduling import estimates
from batches.scheduling.estimates import DEFAULT_SECONDS, Pace
from removal.bulk import Timing
from tests.batches.working import started
from tests.removal.factories import NOW, customer, row


def timing(
    second: float, *, milliseconds: int = 1000, tier: str = "basic", in_batch: bool = True
) -> Timing:
    return Timing(tier, NOW + timedelta(seconds=second), milliseconds, in_batch)


class TestPace:
    def test_default_without_history(self) -> None:
        assert estimates.measured([], threads=3) == Pace(dict(DEFAULT_SECONDS), 3.0)

    def test_mean_seconds_of_each_tier(self) -> None:
        found = estimates.measured(
            [
                timing(0, milliseconds=1000),
                timing(1, milliseconds=3000),
                timing(2, milliseconds=500, tier="standard"),
            ],
            threads=1,
        )
        assert (found.seconds["basic"], found.seconds["standard"]) == (2.0, 0.5)
        assert found.seconds["industry"] == DEFAULT_SECONDS["industry"]

    def test_one_after_the_other_is_one_at_once(self) -> None:
        found = estimates.measured([timing(n) for n in range(20)], threads=8)
        assert found.at_once == pytest.approx(1.0)

    def test_images_side_by_side_count_together(self) -> None:
        beside = [timing(n // 4) for n in range(40)]
        assert estimates.measured(beside, threads=1).at_once == pytest.approx(4.0)

    def test_idle_time_between_batches_does_not_count(self) -> None:
        rows = [timing(n // 2 + gap) for gap in (0, 5000) for n in range(20)]
        assert estimates.measured(rows, threads=1).at_once == pytest.approx(2.0)

    def test_singles_say_nothing_of_how_many_run_at_once(self) -> None:
        rows = [timing(0, in_batch=False) for _ in range(50)]
        assert estimates.measured(rows, threads=2).at_once == 2.0


@pytest.mark.django_db
class TestCompletion:
    @pytest.fixture(autouse=True)
    def _one_second_each(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.BATCH_THREADS = 2
        monkeypatch.setattr(estimates, "DEFAULT_SECONDS", {"basic": 1.0, "standard": 4.0})
        monkeypatch.setattr(estimates, "ARCHIVE_SECONDS_PER_IMAGE", 0.0)

    def seconds(self, left: int, *, batch_id: int = 0, tier: str = "basic") -> float:
        done = estimates.completion_at(batch_id=batch_id, tier=tier, left=left, now=NOW)
        return (done - NOW).total_seconds()

    def test_alone(self) -> None:
        assert self.seconds(10) == pytest.approx(5.0)

    def test_batch_is_not_ahead_of_itself(self, owner: User) -> None:
        batch = started(owner, 10)
        assert self.seconds(10, batch_id=batch.pk) == pytest.approx(5.0)

    def test_smaller_batch_ahead_is_waited_for(self, owner: User) -> None:
        started(owner, 4)
        assert self.seconds(10) == pytest.approx(7.0)

    def test_larger_batch_ahead_takes_turns(self, owner: User) -> None:
        started(owner, 30)
        assert self.seconds(10) == pytest.approx(10.0)

    def test_slow_tier_ahead(self, owner: User) -> None:
        started(customer(), 2, tier="standard")
        assert self.seconds(20) == pytest.approx(14.0)

    @pytest.mark.parametrize(("left", "expected"), [(2, 1), (120, 1), (121, 2), (500, 5)])
    def test_whole_minutes_and_at_least_one(self, left: int, expected: int) -> None:
        assert estimates.minutes(batch_id=0, tier="basic", images=left, now=NOW) == expected

    def test_measured_pace_replaces_the_default(self, owner: User) -> None:
        for n in range(10):
            finished(owner, n, NOW + timedelta(seconds=3 * n), 3000)
        assert self.seconds(10) == pytest.approx(30.0)

    def test_pace_is_kept_for_a_moment(self, owner: User, broker: Redis) -> None:
        before = self.seconds(10)
        for n in range(10):
            finished(owner, n, NOW + timedelta(seconds=3 * n), 3000)
        assert self.seconds(10) == before
        broker.flushdb()
        assert self.seconds(10) > before


def finished(owner: User, position: int, moment: datetime, milliseconds: int) -> None:
    row(
        owner,
        batch_id=77,
        position=position,
        result_key=f"k{position}",
        completed_at=moment,
        processing_time_ms=milliseconds,
    )
