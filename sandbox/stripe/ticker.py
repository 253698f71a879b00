"""Lets time pass: the sandbox's own, and test clocks that were told to move."""

import threading

from sandbox.stripe import clocks, due
from sandbox.stripe.world import World

_INTERVAL_S = 5.0


class Ticker(threading.Thread):
    """Looks every few seconds, or at once when stirred, for what is due."""

    def __init__(self, world: World) -> None:
        super().__init__(name="ticker", daemon=True)
        self._world = world
        self._stirred = threading.Event()
        self._ended = False

    def stir(self) -> None:
        """A clock was moved."""
        self._stirred.set()

    def end(self) -> None:
        """Returns once what is under way is done."""
        self._ended = True
        self._stirred.set()
        self.join()

    def run(self) -> None:
        """Until `end`."""
        while not self._ended:
            self._stirred.clear()
            self.tick()
            self._stirred.wait(_INTERVAL_S)

    def tick(self) -> None:
        """One look."""
        world = self._world
        with world.store.transaction():
            moving = world.store.select(clocks.KIND, status="advancing")
        for clock in moving:
            with world.store.transaction():
                clocks.finish(world, world.get(clocks.KIND, clock["id"]))
        with world.store.transaction():
            due.catch_up(world, None, world.now())
