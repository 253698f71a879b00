"""Valkey client: one connection pool per process and server, with short time-outs."""

from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

SOCKET_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 2.0


def client() -> Redis:
    return client_of(settings.REDIS_URL)


@lru_cache(maxsize=8)
def client_of(url: str) -> Redis:
    """A thread-safe client of the server at `url`; one retry covers a connection gone stale."""
    return Redis.from_url(
        url,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
