"""A client that reads nothing delays no other client and is disconnected."""

import asyncio
from typing import Any

import pytest

from accounts.models import User
from batches.websocket import broadcaster, consumers
from config.asgi import application
from tests.accounts.factories import UserFactory, bearer
from tests.batches.websocket.client import PATH, connected, in_thread, notify_changed
from tests.batches.websocket.factories import end_images, running

pytestmark = pytest.mark.django_db(transaction=True)


class Stalled:
    """Subscribes and then reads nothing: sending to it never ends."""

    def __init__(self, token: str, batch_id: str) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.said.put_nowait({"type": "websocket.connect"})
        for message in (
            f'{{"type":"auth","token":"{token}"}}',
            f'{{"type":"subscribe","batchId":"{batch_id}"}}',
        ):
            self.said.put_nowait({"type": "websocket.receive", "text": message})

    async def take(self, message: Any) -> None:
        if message["type"] != "websocket.accept":
            await asyncio.Event().wait()

    async def run(self) -> None:
        scope: Any = {"type": "websocket", "path": PATH, "headers": [], "subprotocols": []}
        receive: Any = self.said.get
        send: Any = self.take
        await application(scope, receive, send)


def test_it_is_disconnected_and_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "STALLED_S", 0.5)
    owner: User = UserFactory()
    batch = running(owner)
    token = bearer(owner).partition(" ")[2]

    async def scenario() -> None:
        stalled = asyncio.create_task(Stalled(token, batch.public_id).run())
        async with connected(owner) as client:
            await client.subscribe(batch.public_id)
            await in_thread(end_images)(batch, 1)
            await notify_changed(batch_id=batch.pk)
            assert (await client.receive())["processedImages"] == 1
            await asyncio.wait_for(stalled, 10)
            (watchers,) = broadcaster.current()._watchers.values()
            assert len(watchers) == 1

    asyncio.run(scenario())
