from datetime import timedelta

from common.workqueue import doubling

SECOND = timedelta(seconds=1)


def test_each_wait_is_twice_the_one_before_up_to_the_longest() -> None:
    wait = doubling(SECOND, longest=5 * SECOND)
    assert [wait(attempts) / SECOND for attempts in (1, 2, 3, 4, 1000)] == [1, 2, 4, 5, 5]


def test_a_row_that_was_never_tried_waits_like_one_that_was_tried_once() -> None:
    assert doubling(SECOND, longest=5 * SECOND)(0) == SECOND


def test_another_factor() -> None:
    assert doubling(SECOND, longest=timedelta(hours=1), factor=4)(3) == 16 * SECOND
