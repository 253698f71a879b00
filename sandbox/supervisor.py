"""Supervisor of child processes: ordered start, output, restart after a crash, complete clean-up.

honcho neither restarts nor waits for readiness; circus and supervisord restart but know no
readiness, need a configuration file or ZeroMQ, and leave orphans when they are killed.

The supervisor is single-threaded: every wait is a loop around `pump`, which copies output for a
moment and raises `Interrupted` once a signal asked to stop. So no signal interrupts between the
start of a process and its registration.
"""

import contextlib
import functools
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from sandbox.console import Console
from sandbox.private import open_log
from sandbox.process import Child, Process, StartFailed, wait_ready
from sandbox.watchdog import Watchdog

BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
# After this many crashes of one child within the window the supervisor gives up.
MAX_CRASHES = 5
CRASH_WINDOW_S = 60.0
_TICK_S = 0.05
_DRAIN_ROUNDS = 100
_TAIL_LINES = 20
_LOG_ROTATE_BYTES = 10 * 1024 * 1024


class Interrupted(Exception):
    """A signal asked the supervisor to stop."""


class GaveUp(Exception):
    """A child crashed too often; the message is fit for the terminal."""


@dataclass
class _Running:
    process: Process
    log: IO[bytes]
    quiet: bool
    log_began: int = field(init=False)
    buffer: bytes = b""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))
    crashes: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_CRASHES))
    restart_at: float | None = None

    def __post_init__(self) -> None:
        self.log_began = self.log.tell()


class Supervisor:
    """The supervisor, a context manager: leaving the block stops every child."""

    def __init__(self, *, logs: Path, console: Console, hold: tuple[int, ...] = ()) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._console = console
        self._watchdog = Watchdog(hold=hold)
        self._selector = selectors.DefaultSelector()
        self._running: dict[str, _Running] = {}
        self._signals = 0
        self._handlers = {
            number: signal.signal(number, self._note_signal)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            # nohup ignores SIGHUP on purpose, so it stays ignored; a shell's & ignores SIGINT,
            # which is undone.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
        }

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            self._watchdog.close()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def start(self, *children: Child, quiet: bool = False) -> None:
        """Start `children` together and wait until all are ready.

        The output of `quiet` ones goes straight to their logs: a pipe would fill and block them
        where the caller does other things than `pump`. Raises `StartFailed`, with the child's last
        lines, or `Interrupted`.
        """
        for child in children:
            log = self._open_log(child.name)
            self._adopt(_Running(self._spawn(child, log if quiet else None), log, quiet))
        for child in children:
            self._await(self._running[child.name])

    def _await(self, running: _Running) -> None:
        try:
            wait_ready(running.process, tick=self.pump)
        except StartFailed as problem:
            self._drain()
            raise StartFailed(f"{problem}\n{self._last_words(running)}") from None

    def names(self) -> list[str]:
        """The names of all started children."""
        return list(self._running)

    def process(self, name: str) -> Process:
        """The current process of a started child."""
        return self._running[name].process

    def task(self, child: Child) -> str:
        """Run `child` to its end and return its output; its errors go to its log.

        Raises `StartFailed` when it fails.
        """
        with tempfile.TemporaryFile() as output, self._open_log(child.name) as log:
            begin = log.tell()
            process = Process(child, watchdog=self._watchdog, output=output, errors=log)
            try:
                while process.returncode() is None:
                    self.pump()
            finally:
                process.stop()
            output.seek(0)
            printed = output.read().decode(errors="replace")
            if process.returncode():
                said = Path(log.name).read_bytes()[begin:].decode(errors="replace")
                lines = (printed + said).strip().splitlines()[-_TAIL_LINES:]
                raise StartFailed("\n".join([f"{child.name} failed:", *lines]))
        return printed

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Supervise the children until `until()` returns True. Raises `Interrupted` or `GaveUp`."""
        while not until():
            self.pump()
            now = time.monotonic()
            for running in list(self._running.values()):
                self._look_after(running, now)

    def pump(self) -> None:
        """Copy output for a moment. Raises `Interrupted`."""
        self._copy_output()
        if self._signals:
            raise Interrupted

    def stop(self) -> None:
        """Stop all children, services last. A second signal kills them at once."""
        everything = list(self._running.values())
        for service in (False, True):
            stage = [r for r in everything if r.process.child.service is service]
            for running in stage:
                running.process.ask_to_stop()
            asked = time.monotonic()
            for running in stage:
                process = running.process
                deadline = asked + process.child.stop_timeout_s
                process.finish(deadline=deadline, tick=functools.partial(self._wait_for, process))
        self._drain()
        for running in everything:
            self._disown(running)
            running.log.close()
        self._running.clear()

    def _wait_for(self, process: Process) -> None:
        self._copy_output()
        if self._signals > 1:
            process.kill()

    def _look_after(self, running: _Running, now: float) -> None:
        child = running.process.child
        if running.restart_at is not None:
            if now >= running.restart_at:
                running.restart_at = None
                running.process = self._spawn(child, running.log if running.quiet else None)
                self._adopt(running)
            return
        status = running.process.returncode()
        if status is None:
            return
        self._drain()
        self._disown(running)
        running.process.stop()
        if child.once:
            running.log.close()
            del self._running[child.name]
            return
        running.crashes.append(now)
        said = f"{child.name} ended unexpectedly ({describe(status)})"
        if len(running.crashes) == MAX_CRASHES and now - running.crashes[0] < CRASH_WINDOW_S:
            raise GaveUp(f"{said}, too often to go on.\n{self._last_words(running)}")
        recent = sum(now - crash < CRASH_WINDOW_S for crash in running.crashes)
        delay = BACKOFF_S[recent - 1]
        running.restart_at = now + delay
        self._console.bad(f"{said}; starting it again in {delay:g} s")

    def _spawn(self, child: Child, log: IO[bytes] | None) -> Process:
        return Process(child, watchdog=self._watchdog, output=log or subprocess.PIPE)

    def _adopt(self, running: _Running) -> None:
        self._running[running.process.child.name] = running
        if running.quiet:
            return
        output = running.process.stdout
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, running)

    def _disown(self, running: _Running) -> None:
        if running.quiet:
            return
        output = running.process.stdout
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(output)
        output.close()

    def _drain(self) -> None:
        for _ in range(_DRAIN_ROUNDS):
            if not self._copy_output(0):
                return

    def _copy_output(self, timeout: float = _TICK_S) -> bool:
        """Copy the output of the children so far; returns whether there was any."""
        events = self._selector.select(timeout)
        for key, _ in events:
            chunk = os.read(key.fd, 65536)
            if not chunk:
                self._selector.unregister(key.fileobj)
                continue
            running: _Running = key.data
            running.log.write(chunk)
            running.log.flush()
            *lines, running.buffer = (running.buffer + chunk).split(b"\n")
            for line in lines:
                self._show(running, line.decode(errors="replace").rstrip("\r"))
        return bool(events)

    def _show(self, running: _Running, line: str) -> None:
        running.tail.append(line)
        if line.strip():
            self._console.line(running.process.child.name, line)

    def _last_words(self, running: _Running) -> str:
        log = self._logs / f"{running.process.child.name}.log"
        if running.quiet:
            written = log.read_bytes()[running.log_began :]
            running.tail.extend(written.decode(errors="replace").splitlines())
        return "\n".join([*running.tail, f"The whole log: {log}"])

    def _open_log(self, name: str) -> IO[bytes]:
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_ROTATE_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return open_log(path)

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1


def describe(status: int) -> str:
    """A return code in words; negative ones are signals."""
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
