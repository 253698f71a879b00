"""One client's session: authentication, subscriptions and the messages it is sent."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from channels.db import database_sync_to_async
from django.conf import settings

from batches.snapshots import Snapshot
from batches.websocket import auth, broadcaster, codes, messages, requests
from batches.websocket.auth import Credential, SocketUser
from batches.websocket.outbox import Close, Outbox
from batches.websocket.requests import Auth, ClientMessage, Ping, Subscribe, Unsubscribe
from batches.websocket.token_bucket import TokenBucket
from common.http.errors import (
    ApiError,
    Forbidden,
    InvalidToken,
    RateLimited,
    Unauthorized,
    from_exception,
)
from common.ids import new_id

logger = logging.getLogger(__name__)

MESSAGES_PER_S = 10.0
MESSAGES_BURST = 100
MOST_BATCHES = 50
MOST_FAILURES = 3


class Session:
    """Acts on a client's messages; every outcome goes into the outbox, as an answer, a snapshot or
    a typed error.
    """

    def __init__(self) -> None:
        self.outbox = Outbox()
        self._id = new_id("socket")
        self._user: SocketUser | None = None
        self._credential: Credential | None = None
        self._logged_in = asyncio.Event()
        self._failures = 0
        self._ending = False
        self._bucket = TokenBucket(per_s=MESSAGES_PER_S, burst=MESSAGES_BURST)
        self._batches: dict[str, int] = {}

    async def receive(self, text: str | None) -> None:
        """Act on a message of the client; `None` stands for a binary one."""
        if self._ending:
            return
        if not self._bucket.allows():
            self._end(RateLimited("Too many messages; connect again later"), codes.TOO_MUCH)
            return
        with self._answering_errors():
            message = requests.parse(text)
            with self._answering_errors(getattr(message, "batch_id", "")):
                await self._handle(message)

    async def log_in(self, credential: Credential) -> None:
        with self._answering_errors():
            await self._log_in(credential)

    async def recheck(self) -> None:
        """End the session when no login comes in time, or when the user loses access later."""
        try:
            async with asyncio.timeout(settings.SOCKET_AUTH_S):
                await self._logged_in.wait()
        except TimeoutError:
            late = Unauthorized(f"No login within {settings.SOCKET_AUTH_S} s")
            self._end(late, codes.TOO_LATE)
        while not self._ending:
            await asyncio.sleep(settings.SOCKET_RECHECK_S)
            await self._recheck()

    async def close(self) -> None:
        """Release what the session holds, after the client has disconnected."""
        for batch_id in tuple(self._batches):
            self._unwatch(batch_id)
        if self._user is not None:
            await database_sync_to_async(auth.release)(self._user, socket_id=self._id)

    async def _handle(self, message: ClientMessage) -> None:
        match message:
            case Auth(token):
                await self._log_in(Credential(token))
            case Subscribe(batch_id):
                await self._subscribe(batch_id)
            case Unsubscribe(batch_id):
                self._unwatch(batch_id)
                self.outbox.add({"type": "unsubscribed", "batchId": batch_id})
            case Ping():
                self.outbox.add(messages.pong())

    async def _log_in(self, credential: Credential) -> None:
        try:
            user = await database_sync_to_async(auth.authenticate)(credential)
        except (Unauthorized, Forbidden) as error:
            self._failures += 1
            if self._failures < MOST_FAILURES:
                raise
            self._end(error, codes.UNAUTHENTICATED)
            return
        if self._user not in (None, user):
            raise Forbidden("This socket is another user's; open one of its own")
        if await self._reserve_slot(user):
            self._user, self._credential = user, credential
            self._logged_in.set()
            self.outbox.add({"type": "authenticated", "userId": user.public_id})

    async def _reserve_slot(self, user: SocketUser) -> bool:
        try:
            await database_sync_to_async(auth.reserve)(user, socket_id=self._id)
        except RateLimited as error:
            self._end(error, codes.TOO_MUCH)
            return False
        return True

    async def _subscribe(self, batch_id: str) -> None:
        if self._user is None:
            raise Unauthorized('Say who you are first: {"type": "auth", "token": "…"}')
        if len(self._batches) >= MOST_BATCHES and batch_id not in self._batches:
            raise RateLimited(
                f"At most {MOST_BATCHES} batches a socket", details={"limit": MOST_BATCHES}
            )
        found = await database_sync_to_async(auth.batch_of)(self._user, batch_id=batch_id)
        self.outbox.add({"type": "subscribed", "batchId": batch_id})
        self.outbox.forget(batch_id)
        self._batches[batch_id] = found
        broadcaster.current().watch(found, self._on_snapshot)

    def _unwatch(self, batch_id: str) -> None:
        if batch_id in self._batches:
            broadcaster.current().leave(self._batches.pop(batch_id), self._on_snapshot)
        self.outbox.forget(batch_id)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.outbox.update(snapshot)
        if snapshot.is_last and snapshot.batch_id in self._batches:
            broadcaster.current().leave(self._batches.pop(snapshot.batch_id), self._on_snapshot)

    async def _recheck(self) -> None:
        assert self._credential is not None  # noqa: S101 - only clients that have logged in are rechecked
        try:
            user = await database_sync_to_async(auth.authenticate)(self._credential)
            if user != self._user:
                raise InvalidToken("The session now belongs to another user")
        except (Unauthorized, Forbidden) as error:
            self._end(error, codes.UNAUTHENTICATED)
        except Exception as problem:
            # A fault of ours, such as an unavailable database, must not disconnect the client.
            logger.warning("a socket was not rechecked: %s", type(problem).__name__)
        else:
            await self._reserve_slot(user)

    def _end(self, error: ApiError, code: int) -> None:
        self._ending = True
        self.outbox.add(messages.refused(error))
        self.outbox.add(Close(code, error.message[:100]))

    @contextmanager
    def _answering_errors(self, batch_id: str = "") -> Iterator[None]:
        """Answer every exception with an error message; log those that are faults of ours."""
        try:
            yield
        except OverflowError:
            raise
        except Exception as problem:
            error = from_exception(problem)
            if error.status >= 500:
                logger.exception("the progress socket failed")
            self.outbox.add(messages.refused(error, batch_id=batch_id))
