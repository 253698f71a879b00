"""Watching batches over the socket: what is sent, and that the last state always arrives."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from accounts.models import User
from batches.websocket import broadcaster, session
from tests.accounts.factories import UserFactory
from tests.batches.websocket.client import Client, connected, in_thread, notify_changed
from tests.batches.websocket.factories import end, end_images, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(transactional_db: None) -> User:
    return UserFactory()


@pytest.fixture
def rare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read again between notifications."""
    monkeypatch.setattr(broadcaster, "REREAD_S", 3600)


def watching(user: User, scenario: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        async with connected(user) as client:
            await scenario(client)

    asyncio.run(run())


def test_subscribing_is_answered_with_the_whole_state(owner: User) -> None:
    batch = running(owner, images=100)
    end_images(batch, 67)
    end_images(batch, 2, "failed")

    async def scenario(client: Client) -> None:
        assert await client.subscribe(batch.public_id) == {
            "type": "progress",
            "batchId": batch.public_id,
            "version": 70,
            "status": "processing",
            "totalImages": 100,
            "processedImages": 67,
            "failedImages": 2,
            "cancelledImages": 0,
            "percentage": 69,
            "progress": {
                "totalImages": 100,
                "processedImages": 67,
                "failedImages": 2,
                "percentage": 69,
            },
        }

    watching(owner, scenario)


def test_a_notification_brings_the_new_state(owner: User, rare: None) -> None:
    batch = running(owner)

    async def scenario(client: Client) -> None:
        first = await client.subscribe(batch.public_id)
        await in_thread(end_images)(batch, 1)
        await notify_changed(batch_id=batch.pk)
        second = await client.receive()
        assert (first["processedImages"], second["processedImages"]) == (0, 1)
        assert second["version"] > first["version"]

    watching(owner, scenario)


def test_a_completed_batch_ends_the_subscription(owner: User, rare: None) -> None:
    batch = running(owner)

    async def scenario(client: Client) -> None:
        await client.subscribe(batch.public_id)
        await in_thread(end_images)(batch, 3)
        await in_thread(end_images)(batch, 1, "failed")
        await in_thread(end)(batch, credits_used=9)
        await notify_changed(batch_id=batch.pk)
        done = await client.receive_until(type="completed")
        assert done["zipUrl"].startswith(f"/batches/{batch.public_id}.zip?")
        assert (done["processedImages"], done["failedImages"]) == (3, 1)
        assert (done["status"], done["percentage"], done["creditsUsed"]) == ("completed", 100, 9)
        await notify_changed(batch_id=batch.pk)
        assert (await client.ask(type="ping"))["type"] == "pong"

    watching(owner, scenario)


def test_the_state_of_an_ended_batch_is_sent_at_once_and_every_time(
    owner: User, rare: None
) -> None:
    batch = running(owner)
    end_images(batch, 4)
    end(batch)

    async def scenario(client: Client) -> None:
        for _ in range(2):
            assert (await client.subscribe(batch.public_id))["type"] == "completed"

    watching(owner, scenario)


def test_a_failed_batch_is_an_error_about_it(owner: User) -> None:
    batch = running(owner)
    end_images(batch, 4, "failed")
    end(batch, "failed")

    async def scenario(client: Client) -> None:
        event = await client.subscribe(batch.public_id)
        assert (event["type"], event["error"]) == ("error", "Processing failed")
        assert (event["batchId"], event["status"]) == (batch.public_id, "failed")
        assert (event["code"], event["failedImages"]) == ("ARCHIVE_FAILED", 4)

    watching(owner, scenario)


def test_a_cancelled_batch_is_completed_with_what_had_finished(owner: User) -> None:
    batch = running(owner)
    end_images(batch, 1)
    end(batch, "cancelled")

    async def scenario(client: Client) -> None:
        event = await client.subscribe(batch.public_id)
        assert (event["type"], event["status"]) == ("completed", "cancelled")
        assert (event["processedImages"], event["cancelledImages"]) == (1, 3)

    watching(owner, scenario)


def test_a_lost_notification_is_made_up_for(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcaster, "REREAD_S", 0.1)
    batch = running(owner)

    async def scenario(client: Client) -> None:
        await client.subscribe(batch.public_id)
        await in_thread(end_images)(batch, 2)
        assert (await client.receive())["processedImages"] == 2

    watching(owner, scenario)


def test_a_lost_notification_is_made_up_for_while_other_batches_keep_changing(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcaster, "REREAD_S", 0.1)
    batch, other = running(owner), running(owner)

    async def change_the_other() -> None:
        while True:
            await notify_changed(batch_id=other.pk)

    async def scenario(client: Client) -> None:
        await client.subscribe(other.public_id)
        await client.subscribe(batch.public_id)
        changes = asyncio.create_task(change_the_other())
        try:
            await in_thread(end_images)(batch, 2)
            assert (await client.receive())["processedImages"] == 2
        finally:
            changes.cancel()

    watching(owner, scenario)


def test_at_most_four_states_a_second_and_the_last_one_for_certain(owner: User, rare: None) -> None:
    batch = running(owner, images=30)

    async def scenario(client: Client) -> None:
        begun = time.monotonic()
        await client.subscribe(batch.public_id)
        for _ in range(30):
            await in_thread(end_images)(batch, 1)
            await notify_changed(batch_id=batch.pk)
        received = 0
        while (await client.receive())["processedImages"] < 30:
            received += 1
        assert received + 2 <= 2 + (time.monotonic() - begun) / broadcaster.GAP_S

    watching(owner, scenario)


def test_no_state_is_sent_twice(owner: User, rare: None) -> None:
    batch = running(owner)

    async def scenario(client: Client) -> None:
        await client.subscribe(batch.public_id)
        for _ in range(3):
            await notify_changed(batch_id=batch.pk)
        await in_thread(end_images)(batch, 1)
        await notify_changed(batch_id=batch.pk)
        assert (await client.receive())["processedImages"] == 1

    watching(owner, scenario)


def test_no_more_messages_after_unsubscribing(owner: User, rare: None) -> None:
    batch, other = running(owner), running(owner)

    async def scenario(client: Client) -> None:
        await client.subscribe(batch.public_id)
        await client.subscribe(other.public_id)
        answer = await client.ask(type="unsubscribe", batchId=batch.public_id)
        assert answer == {"type": "unsubscribed", "batchId": batch.public_id}
        for one in (batch, other):
            await in_thread(end_images)(one, 1)
            await notify_changed(batch_id=one.pk)
        assert (await client.receive())["batchId"] == other.public_id

    watching(owner, scenario)


def test_every_subscriber_gets_the_state(owner: User, rare: None) -> None:
    batch = running(owner)

    async def run() -> None:
        async with connected(owner) as first, connected(owner) as second:
            for client in (first, second):
                await client.subscribe(batch.public_id)
            await in_thread(end_images)(batch, 1)
            await notify_changed(batch_id=batch.pk)
            for client in (first, second):
                assert (await client.receive())["processedImages"] == 1

    asyncio.run(run())


@pytest.mark.parametrize("staff", [False, True])
def test_anothers_batch_is_as_if_it_did_not_exist(owner: User, staff: bool) -> None:
    batch = running(owner)

    async def run() -> None:
        async with connected(await in_thread(UserFactory)(is_staff=staff)) as client:
            foreign = await client.ask(type="subscribe", batchId=batch.public_id)
            unknown = await client.ask(type="subscribe", batchId="batch_unknown")
            assert (foreign["type"], foreign["code"]) == ("error", "NOT_FOUND")
            assert foreign["batchId"] == batch.public_id
            assert {**foreign, "batchId": "", "details": 0} == {
                **unknown,
                "batchId": "",
                "details": 0,
            }

    asyncio.run(run())


def test_the_number_of_batches_of_one_socket_is_limited(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_BATCHES", 1)
    first, second = running(owner), running(owner)

    async def scenario(client: Client) -> None:
        await client.subscribe(first.public_id)
        answer: Any = await client.ask(type="subscribe", batchId=second.public_id)
        assert (answer["code"], answer["details"]) == ("RATE_LIMIT_EXCEEDED", {"limit": 1})
        await client.subscribe(first.public_id)

    watching(owner, scenario)


def test_without_valkey_the_state_is_still_sent(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcaster, "REREAD_S", 0.1)
    layer = settings.CHANNEL_LAYERS["default"]
    nobody = {**layer["CONFIG"], "hosts": [{"address": "redis://127.0.0.1:1/0"}]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": nobody}}
    batch = running(owner)

    async def scenario(client: Client) -> None:
        await client.subscribe(batch.public_id)
        await in_thread(end_images)(batch, 1)
        await notify_changed(batch_id=batch.pk)
        assert (await client.receive())["processedImages"] == 1

    watching(owner, scenario)
