"""However slow the client, little is kept, and the last thing it hears is the last state."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from batches.lifecycle import BatchStatus
from batches.snapshots import Snapshot
from batches.websocket.messages import pong
from batches.websocket.outbox import MOST_ANSWERS, Close, Outbox

STATE = Snapshot(
    batch_id="batch_1",
    status=BatchStatus.PROCESSING,
    total=10,
    completed=0,
    failed=0,
    cancelled=0,
    credits_used=0,
    zip_url=None,
    zip_size=None,
    started_at=None,
    completed_at=None,
    error_code="",
    error_message="",
)


def state(done: int, **fields: Any) -> Snapshot:
    return replace(STATE, completed=done, **fields)


async def drain(outbox: Outbox) -> list[Any]:
    said = []
    while True:
        try:
            async with asyncio.timeout(0.01):
                said.append(await outbox.next())
        except TimeoutError:
            return said


def drained(*snapshots: Snapshot) -> list[int]:
    async def scenario() -> list[Any]:
        outbox = Outbox()
        for one in snapshots:
            outbox.update(one)
        return await drain(outbox)

    return [message["processedImages"] for message in asyncio.run(scenario())]


def test_of_many_states_only_the_last_is_kept() -> None:
    assert drained(*(state(done) for done in range(9))) == [8]


def test_each_batch_keeps_its_own() -> None:
    assert drained(state(1), state(2, batch_id="batch_2")) == [1, 2]


def test_a_state_that_arrives_late_is_not_sent() -> None:
    async def scenario() -> None:
        outbox = Outbox()
        outbox.update(state(5))
        await outbox.next()
        outbox.update(state(4))
        outbox.update(state(5))
        assert await drain(outbox) == []

    asyncio.run(scenario())


def test_after_forgetting_the_same_state_is_sent_again() -> None:
    async def scenario() -> None:
        outbox = Outbox()
        outbox.update(state(5))
        await outbox.next()
        outbox.forget("batch_1")
        outbox.update(state(5))
        assert len(await drain(outbox)) == 1

    asyncio.run(scenario())


def test_answers_go_first_and_in_order() -> None:
    async def scenario() -> None:
        outbox = Outbox()
        outbox.update(state(1))
        outbox.add(pong())
        outbox.add(Close(4401, "bye"))
        first, second, third = await drain(outbox)
        assert (first["type"], second, third["type"]) == ("pong", Close(4401, "bye"), "progress")

    asyncio.run(scenario())


def test_a_client_that_reads_no_answers_is_disconnected() -> None:
    outbox = Outbox()
    for _ in range(MOST_ANSWERS):
        outbox.add(pong())
    with pytest.raises(OverflowError):
        outbox.add(pong())


def test_versions_grow_with_every_step_to_the_end() -> None:
    steps = [
        state(0, status=BatchStatus.PENDING),
        state(0),
        state(6),
        state(6, failed=4),
        state(6, failed=4, status=BatchStatus.ZIPPING),
        state(6, failed=4, status=BatchStatus.COMPLETED),
    ]
    versions = [step.version for step in steps]
    assert versions == sorted(set(versions))
