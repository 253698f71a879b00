"""The thread that makes scheduled changes on time, for the sandbox's own time and for advancing
test clocks.
"""

import threading

from sandbox.stripe import clocks, due
from sandbox.stripe.world import World

_INTERVAL_S = 5.0


class Ticker(threading.Thread):
    """Polls every few seconds, or at once when woken, for changes that are due."""

    def __init__(self, world: World) -> None:
        super().__init__(name="ticker", daemon=True)
        self._world = world
        self._stirred = threading.Event()
        self._ended = False

    def stir(self) -> None:
        """Wake the thread, because a clock was moved."""
        self._stirred.set()

    def end(self) -> None:
        """Stop the thread; returns once its changes are done."""
        self._ended = True
        self._stirred.set()
        self.join()

    def run(self) -> None:
        """Poll until `end` is called."""
        while not self._ended:
            self._stirred.clear()
            self.tick()
            self._stirred.wait(_INTERVAL_S)

    def tick(self) -> None:
        """Poll once."""
        world = self._world
        with world.store.transaction():
            moving = world.store.select(clocks.KIND, status="advancing")
        for clock in moving:
            with world.store.transaction():
                clocks.finish(world, world.get(clocks.KIND, clock["id"]))
        with world.store.transaction():
            due.catch_up(world, None, world.now())
