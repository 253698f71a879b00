"""The edge of the progress socket: `docs/websocket.md` tells what is said on it."""

import asyncio
import json
import logging
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from batches.websocket import auth
from batches.websocket.outbox import Close
from batches.websocket.session import Conversation

logger = logging.getLogger(__name__)

# A client that takes nothing for so long is let go; its last state is one reconnect away.
STALLED_S = 30.0


class BatchProgress(AsyncWebsocketConsumer):
    """One client: what it says goes to its conversation, what is in the outbox goes to it."""

    # The process listens once for all its sockets: see `batches.websocket.broadcaster`.
    channel_layer_alias = "none"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.conversation = Conversation()
        try:
            async with asyncio.TaskGroup() as tasks:
                speaker = tasks.create_task(self._speak())
                guard = tasks.create_task(self.conversation.guard())
                await super().__call__(scope, receive, send)
                speaker.cancel()
                guard.cancel()
        except* (OSError, OverflowError) as gone:
            logger.info("a socket is let go: %s", type(gone.exceptions[0]).__name__)
        finally:
            await self.conversation.over()

    async def connect(self) -> None:
        offered = auth.handshake(self.scope)
        await self.accept(offered.subprotocol)
        if offered.proof is not None:
            await self.conversation.log_in(offered.proof)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.conversation.hear(text_data)

    async def _speak(self) -> None:
        while True:
            said = await self.conversation.outbox.next()
            async with asyncio.timeout(STALLED_S):
                if isinstance(said, Close):
                    await self.close(said.code, said.reason)
                    return
                await self.send(text_data=json.dumps(said, separators=(",", ":")))
