"""One time budget over several blocking steps, each of which has only its own time-out."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from urllib3 import HTTPConnectionPool

T = TypeVar("T")


class TimeIsUp(Exception):
    """The budget is spent."""


class Deadline:
    """A moment of the monotonic clock, in seconds."""

    def __init__(self, at: float) -> None:
        self._at = at

    def left(self) -> float:
        """Seconds that are left; raises `TimeIsUp` when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeIsUp
        return left

    def check(self) -> None:
        self.left()

    def run(self, step: Callable[[], T]) -> T:
        """Do a step that cannot be interrupted, such as a name lookup; give up on it in time.

        Raises `TimeIsUp`, or whatever the step raises.
        """
        done: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                done.put((step(), None))
            except BaseException as problem:  # it belongs to the caller's thread
                done.put((None, problem))

        threading.Thread(target=work, daemon=True).start()
        try:
            result, problem = done.get(timeout=self.left())
        except queue.Empty:
            raise TimeIsUp from None
        if problem is not None:
            raise problem
        return result  # type: ignore[return-value]  # None only if T allows it

    @contextmanager
    def guarding(self, pool: HTTPConnectionPool) -> Iterator[None]:
        """Cut the pool's connections at the deadline.

        A server that sends a byte now and then never meets a socket's own time-out.
        """
        made: list[Any] = []
        kind: Any = pool.ConnectionCls

        def connect(*args: Any, **kwargs: Any) -> Any:
            made.append(kind(*args, **kwargs))
            return made[-1]

        pool.ConnectionCls = connect  # type: ignore[assignment]
        timer = threading.Timer(self.left(), _cut, [made])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            for connection in made:
                connection.close()


def _cut(connections: list[Any]) -> None:
    for connection in connections:
        sock = getattr(connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
