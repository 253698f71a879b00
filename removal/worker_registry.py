"""Which worker processes there are, and what they run on: told by themselves, kept in Valkey."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from common import valkey

# A process that was killed, or had nothing to do for this long, is forgotten.
SEEN_S = 86_400
_PREFIX = "lumiku:worker:"


@dataclass(frozen=True)
class Inference:
    """The model a worker process has loaded and the engine, with its provider, that runs it."""

    worker: str
    model: str
    engine: str


def report(*, model: str, engine: str) -> None:
    """Say that this process is there. A server that is away is no reason to stop working."""
    with suppress(RedisError):
        valkey.client().set(_key(), f"{model}|{engine}", ex=SEEN_S)


def leave() -> None:
    """Say that this process ends."""
    with suppress(RedisError):
        valkey.client().delete(_key())


def present() -> list[Inference]:
    """Every worker process that has reported lately. Raises RedisError."""
    client = valkey.client()
    keys = sorted(client.scan_iter(match=f"{_PREFIX}*", count=500))
    found: list[tuple[bytes, Any]] = [(key, client.get(key)) for key in keys]
    return [_parse(key.decode(), value.decode()) for key, value in found if value is not None]


def _key() -> str:
    return f"{_PREFIX}{socket.gethostname()}:{os.getpid()}"


def _parse(key: str, value: str) -> Inference:
    model, _, engine = value.partition("|")
    return Inference(worker=key.removeprefix(_PREFIX), model=model, engine=engine)
