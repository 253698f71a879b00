"""One client's session: authentication, subscriptions and the messages it is sent."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from channels.db import database_sync_to_async
from django.conf import settings

from batches.snapshots import Snapshot
from batches.websocket import auth, codes, messages, requests
from batches.websocket.auth import Proof, SocketUser
from batches.websocket.broadcaster import feed
from batches.websocket.outbox import Close, Outbox
from batches.websocket.requests import Auth, ClientMessage, Ping, Subscribe, Unsubscribe
from batches.websocket.token_bucket import Pace
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


class Conversation:
    """Whatever happens ends up in the outbox, as an answer, a snapshot or a typed error."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self._id = new_id("socket")
        self._user: SocketUser | None = None
        self._proof: Proof | None = None
        self._logged_in = asyncio.Event()
        self._failures = 0
        self._ending = False
        self._pace = Pace(per_s=MESSAGES_PER_S, burst=MESSAGES_BURST)
        self._batches: dict[str, int] = {}

    async def hear(self, text: str | None) -> None:
        """Act on a message of the client; `None` stands for a binary one."""
        if self._ending:
            return
        if not self._pace.allows():
            self._end(RateLimited("Too many messages; connect again later"), codes.TOO_MUCH)
            return
        with self._telling():
            message = requests.parse(text)
            with self._telling(getattr(message, "batch_id", "")):
                await self._obey(message)

    async def log_in(self, proof: Proof) -> None:
        with self._telling():
            await self._log_in(proof)

    async def guard(self) -> None:
        """End the conversation if nobody logs in, or whoever did may no longer be here."""
        try:
            async with asyncio.timeout(settings.SOCKET_AUTH_S):
                await self._logged_in.wait()
        except TimeoutError:
            late = Unauthorized(f"Nobody logged in within {settings.SOCKET_AUTH_S} s")
            self._end(late, codes.TOO_LATE)
        while not self._ending:
            await asyncio.sleep(settings.SOCKET_RECHECK_S)
            await self._recheck()

    async def over(self) -> None:
        """The client has gone."""
        for batch_id in tuple(self._batches):
            self._unwatch(batch_id)
        if self._user is not None:
            await database_sync_to_async(auth.release)(self._user, socket_id=self._id)

    async def _obey(self, message: ClientMessage) -> None:
        match message:
            case Auth(token):
                await self._log_in(Proof(token))
            case Subscribe(batch_id):
                await self._subscribe(batch_id)
            case Unsubscribe(batch_id):
                self._unwatch(batch_id)
                self.outbox.say({"type": "unsubscribed", "batchId": batch_id})
            case Ping():
                self.outbox.say(messages.pong())

    async def _log_in(self, proof: Proof) -> None:
        try:
            user = await database_sync_to_async(auth.admit)(proof)
        except (Unauthorized, Forbidden) as error:
            self._failures += 1
            if self._failures < MOST_FAILURES:
                raise
            self._end(error, codes.UNAUTHENTICATED)
            return
        if self._user not in (None, user):
            raise Forbidden("This socket is another user's; open one of its own")
        if await self._has_slot(user):
            self._user, self._proof = user, proof
            self._logged_in.set()
            self.outbox.say({"type": "authenticated", "userId": user.public_id})

    async def _has_slot(self, user: SocketUser) -> bool:
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
        self.outbox.say({"type": "subscribed", "batchId": batch_id})
        self.outbox.forget(batch_id)
        self._batches[batch_id] = found
        feed().watch(found, self._tell)

    def _unwatch(self, batch_id: str) -> None:
        if batch_id in self._batches:
            feed().leave(self._batches.pop(batch_id), self._tell)
        self.outbox.forget(batch_id)

    def _tell(self, snapshot: Snapshot) -> None:
        self.outbox.tell(snapshot)
        if snapshot.is_last and snapshot.batch_id in self._batches:
            feed().leave(self._batches.pop(snapshot.batch_id), self._tell)

    async def _recheck(self) -> None:
        assert self._proof is not None  # noqa: S101 - nobody is rechecked who did not log in
        try:
            user = await database_sync_to_async(auth.admit)(self._proof)
            if user != self._user:
                raise InvalidToken("Somebody else has logged in")
        except (Unauthorized, Forbidden) as error:
            self._end(error, codes.UNAUTHENTICATED)
        except Exception as problem:
            # Trouble of our own is no reason to send anybody away.
            logger.warning("a socket was not rechecked: %s", type(problem).__name__)
        else:
            await self._has_slot(user)

    def _end(self, error: ApiError, code: int) -> None:
        self._ending = True
        self.outbox.say(messages.refused(error))
        self.outbox.say(Close(code, error.message[:100]))

    @contextmanager
    def _telling(self, batch_id: str = "") -> Iterator[None]:
        """Turn whatever goes wrong into a message; what is not the client's doing is logged."""
        try:
            yield
        except OverflowError:
            raise
        except Exception as problem:
            error = from_exception(problem)
            if error.status >= 500:
                logger.exception("the progress socket failed")
            self.outbox.say(messages.refused(error, batch_id=batch_id))
