"""The lock that allows one `up` per checkout."""

import contextlib
import fcntl
import os
import time
from pathlib import Path

# The wait is longer than the clean-up by the watchdog of a killed predecessor.
_CLEAN_UP_S = 25.0


class AlreadyRunning(Exception):
    """Another `up` has the lock; the message names the process."""


class Lock:
    """A lock that lasts from `acquire` until this process, and the watchdog that inherited
    `descriptor`, end.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def acquire(self) -> None:
        """Acquire the lock; it waits while the watchdog of a killed predecessor cleans up. Raises
        `AlreadyRunning`.
        """
        deadline = time.monotonic() + _CLEAN_UP_S
        while not self._try():
            owner = self._owner()
            if _alive(owner) or time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"bin/up already runs here (process {owner}). Stop it with Ctrl-C in its "
                    f"terminal, or with: kill {owner}"
                )
            time.sleep(0.2)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Release this process's share of the lock; the watchdog may have it for longer."""
        os.close(self.descriptor)

    def _try(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _owner(self) -> int:
        text = os.pread(self.descriptor, 32, 0).decode().strip()
        return int(text) if text.isdigit() else 0


def _alive(pid: int) -> bool:
    # A pid of 0 means that the owner has the lock but has not yet written its number.
    if pid == 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
