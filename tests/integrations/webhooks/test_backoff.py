from datetime import timedelta
from itertools import pairwise

from integrations.webhooks import backoff


def test_pauses_grow_to_about_a_day_in_all() -> None:
    pauses = [backoff.pause(attempts=number) for number in range(1, backoff.MAX_ATTEMPTS)]
    assert timedelta(seconds=5) <= pauses[0] <= timedelta(seconds=6)
    assert all(later > earlier for earlier, later in pairwise(pauses))
    assert timedelta(hours=21) < sum(pauses, timedelta()) < timedelta(hours=27)


def test_pauses_have_jitter() -> None:
    assert len({backoff.pause(attempts=5) for _ in range(20)}) > 1


def test_retry_after_is_honoured_up_to_eight_hours() -> None:
    assert backoff.pause(attempts=1, wished_s=60) == timedelta(seconds=60)
    assert backoff.pause(attempts=1, wished_s=10**9) == timedelta(hours=8)
