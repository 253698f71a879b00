"""One child process: how to start it, how to tell that it is ready, how to end it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sandbox.account import Account
from sandbox.watchdog import Watchdog, signal_group

_POLL_S = 0.05


def nap() -> None:
    """What to do between two looks where there is nothing else to do."""
    time.sleep(_POLL_S)


class StartFailed(Exception):
    """A child ended, or did not become ready in time; the message is fit for the terminal."""


@dataclass(frozen=True)
class Child:
    """A process to run. `ready` is polled until it is true; None means ready once started."""

    name: str
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    account: Account | None = None
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 15.0
    # Open files, by number, that it inherits.
    descriptors: tuple[int, ...] = ()
    # Services are stopped after everything that uses them.
    service: bool = False
    # A task that ends by itself, beside everything else; it is not started again.
    once: bool = False


class Process:
    """A started `Child`, leader of a process group of its own."""

    def __init__(
        self,
        child: Child,
        *,
        watchdog: Watchdog,
        output: int | IO[bytes],
        errors: int | IO[bytes] = subprocess.STDOUT,
    ) -> None:
        account = child.account
        self.child = child
        self._watchdog = watchdog
        self._popen = subprocess.Popen(
            child.argv,
            cwd=child.cwd,
            env=child.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            pass_fds=child.descriptors,
            # A group of its own: Ctrl-C in the terminal reaches the supervisor only, which
            # then ends its children in order.
            process_group=0,
        )
        self._finished = False
        self.pid = self._popen.pid
        watchdog.watch(self.pid, child.stop_signal)

    @property
    def stdout(self) -> IO[bytes]:
        """Raises `ValueError` unless `output` was a pipe."""
        if self._popen.stdout is None:
            raise ValueError("the output goes somewhere else")
        return self._popen.stdout

    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        """Sends the stop signal to the leader, which tells the rest of its group."""
        if self.returncode() is None:
            with contextlib.suppress(ProcessLookupError):
                self._popen.send_signal(self.child.stop_signal)

    def kill(self) -> None:
        """Ends the whole group at once."""
        if self.returncode() is None:
            signal_group(self.pid, signal.SIGKILL)

    def finish(self, *, deadline: float, tick: Callable[[], object] = nap) -> None:
        """Waits until `deadline` (monotonic seconds), then kills the whole group."""
        if self._finished:
            # The number may belong to somebody else's group by now.
            return
        while self.returncode() is None and time.monotonic() < deadline:
            tick()
        self._finished = True
        signal_group(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._watchdog.forget(self.pid)

    def stop(self) -> None:
        """Asks, waits for as long as the child may take, then kills."""
        self.ask_to_stop()
        self.finish(deadline=time.monotonic() + self.child.stop_timeout_s)


def wait_ready(process: Process, *, tick: Callable[[], object] = nap) -> None:
    """Polls until the child is ready, with a `tick` in between. Raises `StartFailed`."""
    child = process.child
    deadline = time.monotonic() + child.ready_timeout_s
    while child.ready and not child.ready():
        tick()
        if process.returncode() is not None:
            raise StartFailed(f"{child.name} ended with status {process.returncode()}")
        if time.monotonic() > deadline:
            raise StartFailed(f"{child.name} was not ready after {child.ready_timeout_s:.0f} s")
