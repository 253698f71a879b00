"""Leased semaphore: how many of something one user may hold, counted over all processes.

A slot is leased: it is free again when its holder has not renewed it, because it died for example.
"""

import logging

from redis.exceptions import RedisError

from common import valkey

logger = logging.getLogger(__name__)

PREFIX = "lumiku:slots:"
_TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local mine = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not mine and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
    return 0
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[3]) + 1)
return 1
"""


def take(name: str, *, holder: str, most: int, lease_s: int) -> bool:
    """Take one of the `most` slots called `name` for `lease_s` seconds, or renew the holder's own.

    True without Valkey: whoever is there already must not be sent away.
    """
    try:
        script = valkey.client().register_script(_TAKE)
        return bool(script(keys=[PREFIX + name], args=[holder, most, lease_s]))
    except RedisError:
        logger.warning("slots are not counted: Valkey is unavailable")
        return True


def free(name: str, *, holder: str) -> None:
    """Give a slot back; never raises."""
    try:
        valkey.client().zrem(PREFIX + name, holder)
    except RedisError:
        logger.warning("a slot is not given back before its lease ends: Valkey is unavailable")
