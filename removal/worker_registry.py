"""Registry of running workers and their engines, kept in Valkey."""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from common import valkey
from removal import conf
from removal.engine import registry
from removal.providers import failures

# A process that was killed, or had nothing to do for this long, is forgotten.
SEEN_S = 86_400
_PREFIX = "lumiku:inference:"


@dataclass(frozen=True)
class Inference:
    """The model a worker process used last, the engine, with its provider, that runs it, and the
    models that it could not use, each with the reason."""

    worker: str
    model: str
    engine: str
    failures: Mapping[str, str]
    installed: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def models_of(self, tier: str) -> Sequence[str]:
        """The models of a tier that this process could use."""
        return [name for name in self.installed.get(tier, ()) if name not in self.failures]


def report(*, model: str, engine: str) -> None:
    """Report that this process runs; never raises, as work goes on without Valkey."""
    with suppress(RedisError):
        state = {
            "model": model,
            "engine": engine,
            "failures": dict(failures.known()),
            "installed": {tier: _installed(tier) for tier in registry.TIERS},
        }
        valkey.client().set(_key(), json.dumps(state), ex=SEEN_S)


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


def _installed(tier: str) -> list[str]:
    return [spec.name for spec, _ in registry.candidates(tier, **conf.models())]


def _key() -> str:
    return f"{_PREFIX}{socket.gethostname()}:{os.getpid()}"


def _parse(key: str, value: str) -> Inference:
    return Inference(worker=key.removeprefix(_PREFIX), **json.loads(value))
