"""Back-off of failed deliveries; a pure module. All attempts together take about a day."""

import random
from datetime import timedelta

_STEPS_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 28_800)
MAX_ATTEMPTS = len(_STEPS_S) + 1
JITTER = 0.2
LONGEST_WISH_S = _STEPS_S[-1]
LONGEST_PAUSE = timedelta(seconds=_STEPS_S[-1] * (1 + JITTER))


def pause(*, attempts: int, wished_s: int = 0) -> timedelta:
    """The time to wait after `attempts` attempts, the last of which failed.

    Up to a fifth is added at random, so that deliveries do not all return to a recovered server at
    once. `wished_s` is the receiver's `Retry-After`; up to eight hours are
    honoured.
    """
    step = _STEPS_S[min(attempts, len(_STEPS_S)) - 1]
    spread = random.uniform(0, JITTER)  # noqa: S311 - nothing secret
    return timedelta(seconds=max(step * (1 + spread), min(wished_s, LONGEST_WISH_S)))
