"""Broadcaster of one process: reads the watched batches once for all of its sockets.

A notification only marks a batch as due. The reader reads all due batches at once, at most four
times a second, so the last state is always read and sent, however many notifications came. Every
few seconds it reads all watched batches, which bounds the delay of a notification that was lost.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from channels.db import database_sync_to_async
from django.utils import timezone

from batches import snapshots
from batches.snapshots import Snapshot
from batches.websocket.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

GAP_S = 0.25
REREAD_S = 2.0
RETRY_S = 1.0

Watcher = Callable[[Snapshot], None]


class Broadcaster:
    """Calls each watcher with snapshots of its batch; a watcher must return at once."""

    def __init__(self) -> None:
        self._watchers: dict[int, set[Watcher]] = {}
        self._due: set[int] = set()
        self._wake = asyncio.Event()
        self._reread_at = 0.0
        self._subscriptions = Subscriptions(self.touch)
        self._reader = asyncio.create_task(self._run())

    def watch(self, batch_id: int, watcher: Watcher) -> None:
        """Call `watcher` with the state of the batch now, read after its group is joined, and with
        every later one.
        """
        self._watchers.setdefault(batch_id, set()).add(watcher)
        self.touch(batch_id)

    def leave(self, batch_id: int, watcher: Watcher) -> None:
        watchers = self._watchers.get(batch_id, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(batch_id, None)
            self._wake.set()

    def touch(self, batch_id: int) -> None:
        """Mark a batch as due, because it may have changed."""
        if batch_id in self._watchers:
            self._due.add(batch_id)
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wait_until_due()
            await self._subscriptions.follow(frozenset(self._watchers))
            due, self._due = self._due & self._watchers.keys(), set()
            try:
                self._publish(await _read(due) if due else {})
            except Exception as problem:
                logger.warning("batches could not be read: %s", type(problem).__name__)
                self._due |= due
                self._wake.set()
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(GAP_S)

    async def _wait_until_due(self) -> None:
        left = max(0.0, self._reread_at - time.monotonic())
        with suppress(TimeoutError):
            async with asyncio.timeout(left if self._watchers else None):
                await self._wake.wait()
        self._wake.clear()
        # By the clock and not by silence: notifications of one batch must not put off the others.
        if time.monotonic() >= self._reread_at:
            self._due.update(self._watchers)
            self._reread_at = time.monotonic() + REREAD_S

    def _publish(self, found: Mapping[int, Snapshot]) -> None:
        for batch_id, snapshot in found.items():
            for watcher in tuple(self._watchers.get(batch_id, ())):
                watcher(snapshot)


_broadcasters: dict[asyncio.AbstractEventLoop, Broadcaster] = {}


def current() -> Broadcaster:
    """The broadcaster of the running event loop: a web process has one of each."""
    loop = asyncio.get_running_loop()
    if loop not in _broadcasters:
        _broadcasters.clear()
        _broadcasters[loop] = Broadcaster()
    return _broadcasters[loop]


async def _read(batch_ids: set[int]) -> Mapping[int, Snapshot]:
    # A thread of its own, because the one that is shared by sockets may be busy logging in.
    read = database_sync_to_async(snapshots.read, thread_sensitive=False)
    return await read(batch_ids=batch_ids, now=timezone.now())
