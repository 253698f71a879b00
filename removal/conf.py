"""The settings that removals need, as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

from django.conf import settings

from common.outbound.fetch import FetchPolicy
from removal.engine.types import Limits

FETCH_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Segmind:
    """Connection settings and tiers of the remote provider; times in seconds."""

    url: str
    api_key: str
    tiers: frozenset[str]
    timeout_s: float
    attempts: int = 3
    open_after: int = 5
    reopen_s: float = 60.0

    @property
    def model(self) -> str:
        """The provider's own name of the model: the last part of its address."""
        return self.url.rstrip("/").rsplit("/", 1)[-1]


def limits(source: str = "") -> Limits:
    """The caps for a job of this source: a drop-in surface may have its own."""
    native = (settings.MAX_IMAGE_BYTES, settings.MAX_IMAGE_PIXELS)
    max_bytes, max_pixels = settings.SURFACE_LIMITS.get(source, native)
    return Limits(
        max_bytes=max_bytes, max_pixels=max_pixels, decode_seconds=settings.DECODE_SECONDS
    )


def fetch_policy(source: str = "") -> FetchPolicy:
    """Policy for images that customers name by address; private networks only if the operator says
    so.
    """
    policy = FetchPolicy(max_bytes=limits(source).max_bytes, timeout_s=FETCH_TIMEOUT_S)
    if settings.FETCH_ALLOW_PRIVATE:
        return replace(policy, allow_private=True, ports=frozenset(range(1, 65_536)))
    return policy


def lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_S)


def max_attempts(*, in_batch: bool) -> int:
    """The most attempts of an image before it fails."""
    return settings.BATCH_MAX_ATTEMPTS if in_batch else settings.MAX_ATTEMPTS


def dispatch_after() -> timedelta:
    """The time after which the sweeper dispatches a queued row again."""
    return timedelta(seconds=2 * settings.SWEEP_INTERVAL_S)


class Models(TypedDict):
    """The registry's settings of this installation."""

    model_home: Path
    allow_noncommercial: bool
    pins: Mapping[str, str]


def models() -> Models:
    return {
        "model_home": settings.MODEL_HOME,
        "allow_noncommercial": settings.ALLOW_NONCOMMERCIAL_MODELS,
        "pins": settings.ALLOW_UNKNOWN_MODELS,
    }


def segmind() -> Segmind | None:
    """The remote provider, or None when it is not configured."""
    tiers = frozenset(settings.SEGMIND_TIERS)
    if not settings.SEGMIND_API_KEY or not tiers:
        return None
    return Segmind(
        url=settings.SEGMIND_URL,
        api_key=settings.SEGMIND_API_KEY,
        tiers=tiers,
        timeout_s=settings.SEGMIND_TIMEOUT_S,
    )
