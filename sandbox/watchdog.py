"""Watchdog that ends the children of a supervisor that was killed without a clean-up.

A `Watchdog` is a separate process that learns every process group the supervisor starts. While the
supervisor lives it does nothing; when its pipe closes, it ends the listed groups, first by their
stop signal.

It also inherits the given file descriptors, so that a lock is only released once the clean-up is
over.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

GRACE_S = 15.0
_POLL_S = 0.1


class Watchdog:
    """The supervisor's end of the pipe."""

    def __init__(self, *, hold: Collection[int] = ()) -> None:
        listening, self._pipe = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.watchdog"],
            cwd=Path(__file__).parent.parent,
            stdin=listening,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=hold,
        )
        os.close(listening)

    def watch(self, group: int, stop_signal: signal.Signals) -> None:
        """Register a group; `stop_signal` is the signal for its leader."""
        self._write(f"+{group} {int(stop_signal)}\n")

    def forget(self, group: int) -> None:
        """Unregister a group that has ended, because its number may be reused."""
        self._write(f"-{group} 0\n")

    def close(self) -> None:
        """Wait until the registered groups have ended."""
        os.close(self._pipe)
        self._process.wait()

    def _write(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, line.encode())


def signal_group(group: int, number: int) -> bool:
    """Send `number` to the group; returns False when the group is empty."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS answers with this error for a group that contains only a zombie.
        return False
    return True


def _end(groups: dict[int, int]) -> None:
    """Stop the leaders; a group without its leader, or one that is too slow, is killed."""
    for leader, stop_signal in groups.items():
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, stop_signal)
    deadline = time.monotonic() + GRACE_S
    left = set(groups)
    while left:
        time.sleep(_POLL_S)
        for leader in list(left):
            if time.monotonic() > deadline or not _alive(leader):
                signal_group(leader, signal.SIGKILL)
                left.remove(leader)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    buffer = b""
    while True:
        select.select([0], [], [])
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            group, stop_signal = (int(word) for word in line[1:].split())
            if line.startswith(b"+"):
                groups[group] = stop_signal
            else:
                groups.pop(group, None)
    _end(groups)


if __name__ == "__main__":
    main()
