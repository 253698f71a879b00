"""One child process: its start, its readiness, and its end."""

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
    """The default `tick` between two polls: sleep for a moment."""
    time.sleep(_POLL_S)


class StartFailed(Exception):
    """A child ended, or did not become ready in time; the message is fit for the terminal."""


@dataclass(frozen=True)
class Child:
    """A process to run. `ready` is polled until it returns True; None means ready once started."""

    name: str
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    account: Account | None = None
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 15.0
    # Open files, by number, that the process inherits.
    descriptors: tuple[int, ...] = ()
    # Services are stopped after all processes that use them.
    service: bool = False
    # A task that runs beside everything else and ends by itself; it is not started again.
    once: bool = False


class Process:
    """A started `Child`, leader of its own process group."""

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
            # The process has its own group: Ctrl-C in the terminal reaches only the supervisor,
            # which then ends its children in order.
            process_group=0,
        )
        self._finished = False
        self.pid = self._popen.pid
        watchdog.watch(self.pid, child.stop_signal)

    @property
    def stdout(self) -> IO[bytes]:
        """The pipe of the process's output. Raises `ValueError` unless `output` was a pipe."""
        if self._popen.stdout is None:
            raise ValueError("the output goes somewhere else")
        return self._popen.stdout

    def returncode(self) -> int | None:
        """None while the process runs; negative: the signal that ended it."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        """Send the stop signal to the leader, which stops the rest of its group."""
        if self.returncode() is None:
            with contextlib.suppress(ProcessLookupError):
                self._popen.send_signal(self.child.stop_signal)

    def kill(self) -> None:
        """Kill the whole group at once."""
        if self.returncode() is None:
            signal_group(self.pid, signal.SIGKILL)

    def finish(self, *, deadline: float, tick: Callable[[], object] = nap) -> None:
        """Wait until `deadline` (monotonic seconds), then kill the whole group."""
        if self._finished:
            # The group's number may belong to another process by now.
            return
        while self.returncode() is None and time.monotonic() < deadline:
            tick()
        self._finished = True
        signal_group(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._watchdog.forget(self.pid)

    def stop(self) -> None:
        """Send the stop signal, wait for as long as the child may take, then kill the group."""
        self.ask_to_stop()
        self.finish(deadline=time.monotonic() + self.child.stop_timeout_s)


def wait_ready(process: Process, *, tick: Callable[[], object] = nap) -> None:
    """Poll until the child is ready, with a `tick` in between. Raises `StartFailed`."""
    child = process.child
    deadline = time.monotonic() + child.ready_timeout_s
    while child.ready and not child.ready():
        tick()
        if process.returncode() is not None:
            raise StartFailed(f"{child.name} ended with status {process.returncode()}")
        if time.monotonic() > deadline:
            raise StartFailed(f"{child.name} was not ready after {child.ready_timeout_s:.0f} s")
