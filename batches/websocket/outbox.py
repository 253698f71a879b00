"""Outgoing messages of one client: few answers, and of each batch only the latest state."""

import asyncio
from collections import deque
from dataclasses import dataclass

from batches.snapshots import Snapshot
from batches.websocket.messages import ServerMessage, of_snapshot

MOST_ANSWERS = 64


@dataclass(frozen=True)
class Close:
    """Closes the socket after the messages before it; see `batches.websocket.codes`."""

    code: int
    reason: str


class Outbox:
    """Bounded, however slow the client is; the last message about a batch is its last state."""

    def __init__(self) -> None:
        self._answers: deque[ServerMessage | Close] = deque()
        self._states: dict[str, Snapshot] = {}
        self._sent: dict[str, int] = {}
        self._changed = asyncio.Event()

    def add(self, message: ServerMessage | Close) -> None:
        """Raises `OverflowError` when the client asks on and reads no answers."""
        if len(self._answers) >= MOST_ANSWERS:
            raise OverflowError
        self._answers.append(message)
        self._changed.set()

    def update(self, snapshot: Snapshot) -> None:
        """Keep a newer state, in place of an earlier one that is still unsent."""
        if snapshot.version > self._sent.get(snapshot.batch_id, -1):
            self._states[snapshot.batch_id] = snapshot
            self._changed.set()

    def forget(self, batch_id: str) -> None:
        """Send the next state of this batch even if it was sent before."""
        self._states.pop(batch_id, None)
        self._sent.pop(batch_id, None)

    async def next(self) -> ServerMessage | Close:
        while not self._answers and not self._states:
            self._changed.clear()
            await self._changed.wait()
        if self._answers:
            return self._answers.popleft()
        batch_id = next(iter(self._states))
        snapshot = self._states.pop(batch_id)
        self._sent[batch_id] = snapshot.version
        return of_snapshot(snapshot)
