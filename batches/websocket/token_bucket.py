"""Token bucket that limits how fast one client may send."""

import time


class TokenBucket:
    """A bucket of `burst` messages that fills again with `per_s` of them a second."""

    def __init__(self, *, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at = time.monotonic()

    def allows(self) -> bool:
        """Count one message; False when it exceeds the limit."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
