"""Answers that know when they have been sent."""

import asyncio
from collections.abc import Iterator

from integrations.compat import delivery


def pieces() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


async def received(called: list[str], *, until: int, size: int = 6) -> None:
    """Take pieces like a server whose client closes after `until` bytes, which cancels it."""
    got = 0
    async for piece in delivery._sent_async(pieces, size, lambda: called.append("then")):
        got += len(piece)
        task = asyncio.current_task()
        if got == until and task is not None:
            task.cancel()


def served(*, until: int) -> list[str]:
    called: list[str] = []

    async def main() -> None:
        await asyncio.gather(received(called, until=until), return_exceptions=True)
        await asyncio.gather(*delivery._noting)

    asyncio.run(main())
    return called


def test_a_client_that_closes_with_the_last_byte_has_its_answer() -> None:
    assert served(until=6) == ["then"]


def test_one_that_closes_before_has_not() -> None:
    assert served(until=3) == []


def test_one_that_stays_has_it_once() -> None:
    assert served(until=-1) == ["then"]
