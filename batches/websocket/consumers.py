"""WebSocket consumer of the progress socket; `docs/websocket.md` describes its messages."""

import asyncio
import json
import logging
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from batches.websocket import auth
from batches.websocket.outbox import Close
from batches.websocket.session import Session

logger = logging.getLogger(__name__)

# A client that reads nothing for so long is disconnected; reconnecting gives it the last state.
STALLED_S = 30.0


class BatchProgress(AsyncWebsocketConsumer):
    """One client: its messages go to its session, and those in the session's outbox go to it."""

    # One channel serves all sockets of the process: see `batches.websocket.broadcaster`.
    channel_layer_alias = "none"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.session = Session()
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(self._send_outbox())
                recheck = tasks.create_task(self.session.recheck())
                await super().__call__(scope, receive, send)
                sender.cancel()
                recheck.cancel()
        except* (OSError, OverflowError) as gone:
            logger.info("a socket was dropped: %s", type(gone.exceptions[0]).__name__)
        finally:
            await self.session.close()

    async def connect(self) -> None:
        offered = auth.handshake(self.scope)
        await self.accept(offered.subprotocol)
        if offered.credential is not None:
            await self.session.log_in(offered.credential)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.session.receive(text_data)

    async def _send_outbox(self) -> None:
        while True:
            message = await self.session.outbox.next()
            async with asyncio.timeout(STALLED_S):
                if isinstance(message, Close):
                    await self.close(message.code, message.reason)
                    return
                await self.send(text_data=json.dumps(message, separators=(",", ":")))
