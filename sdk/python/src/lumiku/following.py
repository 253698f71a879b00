"""Progress of a batch: pushed over the WebSocket, or asked for where that does not work."""

import json
from collections.abc import Callable
from typing import Any

from lumiku.decoding import decode
from lumiku.effects import Connect, Disconnect, Hear, Operation, Tell, sleep
from lumiku.errors import LumikuError
from lumiku.models import Progress
from lumiku.protocol import Protocol

# A socket that says nothing for so long is not trusted: the state is asked for beside it.
_SILENCE_S = 20.0
_SOCKET_ATTEMPTS = 3
_FIRST_POLL_S, _LONGEST_POLL_S = 1.0, 5.0


class Follower:
    """The states of one batch, one after the other; the last one has ended."""

    def __init__(
        self, protocol: Protocol, batch_id: str, ask: Callable[[], Operation[Progress]]
    ) -> None:
        self._protocol = protocol
        self._batch_id = batch_id
        self._ask = ask
        self._socket: Any = None
        self._attempts = 0
        self._poll_s = _FIRST_POLL_S
        self._last: Progress | None = None

    def step(self) -> Operation[Progress]:
        """The next state that differs from the one before. Raises LumikuError."""
        while True:
            progress = yield from self._next()
            if progress != self._last:
                self._last = progress
                self._poll_s = _FIRST_POLL_S
                return progress

    def close(self) -> Operation[None]:
        socket, self._socket = self._socket, None
        if socket is not None:
            try:
                yield Disconnect(socket)
            except LumikuError:
                return

    def _next(self) -> Operation[Progress]:
        if self._socket is None and self._attempts < _SOCKET_ATTEMPTS:
            yield from self._subscribe()
        if self._socket is None:
            if self._last is not None:
                yield from sleep(self._poll_s)
                self._poll_s = min(self._poll_s * 1.5, _LONGEST_POLL_S)
            return (yield from self._ask())
        heard = yield from self._hear()
        return heard if heard is not None else (yield from self._ask())

    def _subscribe(self) -> Operation[None]:
        """Fails silently: asking for the state works without it."""
        self._attempts += 1
        url, headers = self._protocol.socket()
        try:
            self._socket = yield Connect(url, headers)
            message = {"type": "subscribe", "batchId": self._batch_id}
            yield Tell(self._socket, json.dumps(message))
        except (LumikuError, OSError):
            yield from self.close()

    def _hear(self) -> Operation[Progress | None]:
        """The state in the next message about the batch; None after a silence or a failure."""
        while True:
            try:
                text = yield Hear(self._socket, _SILENCE_S)
            except LumikuError:
                yield from self.close()
                return None
            message = _message(text)
            if message is None:
                return None
            if message.get("batchId") == self._batch_id and "percentage" in message:
                return decode(Progress, message)
            if message.get("type") == "error":
                # The server does not let us subscribe; asking says why.
                self._attempts = _SOCKET_ATTEMPTS
                yield from self.close()
                return None


def _message(text: Any) -> dict[str, Any] | None:
    if not isinstance(text, str):
        return None
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
