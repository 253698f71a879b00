"""Handling of Ctrl-C and SIGTERM: the first ends a command in good order, a second one at once.

The first signal raises KeyboardInterrupt in the main thread, which ends all waits and lets nothing
new begin. Requests that are under way may end within a limit, so that their results are kept; one
that is left behind is gone on with by the next run, under the same key.
"""

import os
import signal
import threading
import time
from types import FrameType
from typing import NoReturn

STATUS = 130
MESSAGE = "interrupted; the same command goes on where it stopped"
_GRACE_S = 3.0


class Interruption:
    """The signal handler of one process."""

    def __init__(self) -> None:
        self._begun = threading.Event()

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            # A command that a shell runs in the background may have been told to ignore SIGINT.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)
        # It has to be there before: a handler can start no thread while the main thread does.
        threading.Thread(target=self._limit, name="lumiku-interruption", daemon=True).start()

    def _handle(self, _number: int, _frame: FrameType | None) -> NoReturn:
        if self._begun.is_set():
            _leave()
        self._begun.set()
        raise KeyboardInterrupt

    def _limit(self) -> None:
        self._begun.wait()
        time.sleep(_GRACE_S)
        _leave()


def _leave() -> NoReturn:
    """End the process without waiting for its threads; `sys.exit` would wait for them.

    The state file stays right, as after a kill.
    """
    os.write(2, f"\nlumiku: {MESSAGE}\n".encode())
    os._exit(STATUS)
