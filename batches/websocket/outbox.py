"""Outgoing messages of one client: few answers, and of each batch only the latest state."""

import asyncio
from collections import deque
from dataclasses import dataclass

from batches.snapshots import Snapshot
from batches.websocket.messages import ServerMessage, of_snapshot

MOST_ANSWERS = 64


@dataclass(frozen=True)
class Close:
    """Goes out after what was said before it; see `batches.websocket.codes`."""

    code: int
    reason: str


class Outbox:
    """However slow the client, what is kept for it is bounded, and the last thing it hears of a
    batch is the last state.
    """

    def __init__(self) -> None:
        self._answers: deque[ServerMessage | Close] = deque()
        self._states: dict[str, Snapshot] = {}
        self._told: dict[str, int] = {}
        self._news = asyncio.Event()

    def say(self, message: ServerMessage | Close) -> None:
        """Raises `OverflowError` when the client asks on and reads no answers."""
        if len(self._answers) >= MOST_ANSWERS:
            raise OverflowError
        self._answers.append(message)
        self._news.set()

    def tell(self, snapshot: Snapshot) -> None:
        """Replaces an earlier state that is still unsent; one that is no news is dropped."""
        if snapshot.version > self._told.get(snapshot.batch_id, -1):
            self._states[snapshot.batch_id] = snapshot
            self._news.set()

    def forget(self, batch_id: str) -> None:
        """The next state of this batch, if any, is news again."""
        self._states.pop(batch_id, None)
        self._told.pop(batch_id, None)

    async def next(self) -> ServerMessage | Close:
        while not self._answers and not self._states:
            self._news.clear()
            await self._news.wait()
        if self._answers:
            return self._answers.popleft()
        batch_id = next(iter(self._states))
        snapshot = self._states.pop(batch_id)
        self._told[batch_id] = snapshot.version
        return of_snapshot(snapshot)
