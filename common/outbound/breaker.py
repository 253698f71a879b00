"""Circuit breaker: after some failures in a row no calls for a while, then a single probe."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed until `open_after` failures in a row; then open for `reopen_s` seconds.

    After that a single caller is let through; its outcome closes the circuit or opens it again.
    """

    def __init__(
        self,
        *,
        open_after: int,
        reopen_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_after = open_after
        self._reopen_s = reopen_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None

    def allows(self) -> bool:
        """Whether a caller may try now; the one that probes an open circuit is counted here."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._clock() - self._opened_at < self._reopen_s:
                return False
            self._opened_at = self._clock()
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._opened_at = 0, None

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._open_after:
                self._opened_at = self._clock()
