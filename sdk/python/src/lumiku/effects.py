"""Operations as generators of effects, so that their logic is written once for both clients.

An operation yields what it wants done (a request, a pause) and is sent the outcome; the drivers of
`lumiku.driving` do it with threads or with asyncio.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from lumiku.forms import Form
from lumiku.sources import Source

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """One HTTP request; `url` is absolute. At most one of `json` and `body` is set."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    body: Form | Source | None = None


@dataclass(frozen=True)
class Reply:
    """An answer, read to its end; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Send:
    """Send a request and read its answer."""

    request: Request


@dataclass(frozen=True)
class Fetch:
    """Send a request and append its body to `target` from `offset` on, if the status is 2xx."""

    request: Request
    target: Path
    offset: int


@dataclass(frozen=True)
class Sleep:
    seconds: float


@dataclass(frozen=True)
class Together:
    """Run operations, at most `limit` at a time; the outcome is a list in their order."""

    operations: Iterable["Operation[Any]"]
    limit: int


@dataclass(frozen=True)
class Connect:
    """Open a WebSocket; the outcome stands for it in the effects below."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Tell:
    socket: Any
    text: str


@dataclass(frozen=True)
class Hear:
    """Wait for a message; the outcome is None after `timeout` seconds without one."""

    socket: Any
    timeout: float


@dataclass(frozen=True)
class Disconnect:
    socket: Any


Effect = Send | Fetch | Sleep | Together | Connect | Tell | Hear | Disconnect
Operation = Generator[Effect, Any, T]


def send(request: Request) -> Operation[Reply]:
    return cast(Reply, (yield Send(request)))


def fetch(request: Request, target: Path, offset: int) -> Operation[Reply]:
    return cast(Reply, (yield Fetch(request, target, offset)))


def sleep(seconds: float) -> Operation[None]:
    yield Sleep(seconds)


def together(operations: Iterable[Operation[T]], *, limit: int) -> Operation[list[T]]:
    return cast(list[T], (yield Together(operations, limit)))
