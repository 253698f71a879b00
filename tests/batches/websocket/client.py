"""A client that speaks to the whole application in this process, as browsers and programs do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from accounts.models import User
from batches.websocket.notify import changed
from config.asgi import application
from tests.accounts.factories import bearer

PATH = "/v1/background-remover/ws"
PATIENCE_S = 10.0


class Client:
    def __init__(self, wire: Any, subprotocol: str | None) -> None:
        self.wire = wire
        self.subprotocol = subprotocol

    async def send(self, **message: Any) -> None:
        await self.raw(json.dumps(message))

    async def raw(self, text: str | None = None, data: bytes | None = None) -> None:
        await self.wire.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def receive(self) -> Any:
        event = await self.wire.receive_output(PATIENCE_S)
        assert event["type"] == "websocket.send", event
        return json.loads(event["text"])

    async def receive_until(self, **wanted: Any) -> Any:
        """The first message with these fields; others are passed over."""
        while True:
            message = await self.receive()
            if wanted.items() <= message.items():
                return message

    async def ask(self, **message: Any) -> Any:
        await self.send(**message)
        return await self.receive()

    async def close_code(self) -> int:
        """The code that the server closes with, after any messages before it."""
        while True:
            event = await self.wire.receive_output(PATIENCE_S)
            if event["type"] == "websocket.close":
                code: int = event["code"]
                return code

    async def log_in(self, user: User) -> None:
        token = (await in_thread(bearer)(user)).partition(" ")[2]
        answer = await self.ask(type="auth", token=token)
        assert answer == {"type": "authenticated", "userId": user.public_id}

    async def subscribe(self, batch_id: str) -> Any:
        """The first snapshot."""
        answer = await self.ask(type="subscribe", batchId=batch_id)
        assert answer == {"type": "subscribed", "batchId": batch_id}
        return await self.receive()


@asynccontextmanager
async def connected(
    user: User | None = None,
    *,
    path: str = PATH,
    subprotocols: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[Client]:
    """With a `user` the client is logged in."""
    sent = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": sent,
        "subprotocols": subprotocols or [],
    }
    wire: Any = _communicator(application, scope)
    await wire.send_input({"type": "websocket.connect"})
    answer = await wire.receive_output(PATIENCE_S)
    assert answer["type"] == "websocket.accept", answer
    client = Client(wire, answer["subprotocol"])
    try:
        if user is not None:
            await client.log_in(user)
        yield client
    finally:
        await wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await wire.wait(PATIENCE_S)


# Their own packages do not say what these take.
_communicator: Any = ApplicationCommunicator
in_thread: Any = sync_to_async
notify_changed: Any = sync_to_async(changed)
