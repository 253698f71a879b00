"""Back-off of failed deliveries; a pure module.

The steps are those that the Standard Webhooks specification recommends, about three days in all.
"""

import random
from datetime import timedelta

_STEPS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(_STEPS_S) + 1
JITTER = 0.2
LONGEST_WISH_S = 86_400
LONGEST_PAUSE = timedelta(seconds=_STEPS_S[-1] * (1 + JITTER))


def pause(*, attempts: int, wished_s: int = 0) -> timedelta:
    """The time to wait after `attempts` attempts, the last of which failed.

    Up to a fifth is added at random, so that deliveries do not all return to a recovered server at
    once. `wished_s` is the receiver's `Retry-After`; up to a day is honoured.
    """
    step = _STEPS_S[min(attempts, len(_STEPS_S)) - 1]
    spread = random.uniform(0, JITTER)  # noqa: S311 - nothing secret
    return timedelta(seconds=max(step * (1 + spread), min(wished_s, LONGEST_WISH_S)))
