"""Back-off of failed rows; pure."""

from collections.abc import Callable
from datetime import timedelta

Backoff = Callable[[int], timedelta]

# Doubling any first wait more often than this passes every limit that makes sense.
_MOST_DOUBLINGS = 30


def doubling(first: timedelta, *, longest: timedelta, factor: int = 2) -> Backoff:
    """A back-off that waits `first` after one attempt and `factor` times as long after each more,
    up to `longest`.
    """

    def wait(attempts: int) -> timedelta:
        exponent = min(max(attempts - 1, 0), _MOST_DOUBLINGS)
        return timedelta(
            seconds=min(first.total_seconds() * factor**exponent, longest.total_seconds())
        )

    return wait
