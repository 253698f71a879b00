"""Counters behind rate limits, in Valkey: a moving window and a token bucket for each caller.

The window is a sorted set of the requests by their time, the bucket a hash of its tokens and of the
time at which they were counted. One script decides by both and by Valkey's clock, so that threads,
processes and machines share one count, and a refused request changes neither.
"""

import secrets
from dataclasses import dataclass

from redis import Redis

PREFIX = "lumiku:rate"

_TAKE = """
local bucket, window = KEYS[1], KEYS[2]
local limit, window_s, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local cost, id = tonumber(ARGV[4]), ARGV[5]
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local per_s = limit / window_s

local tokens = burst
local state = redis.call('HMGET', bucket, 'tokens', 'at')
if state[1] then
    local elapsed = math.max(0, now - tonumber(state[2]))
    tokens = math.min(burst, tonumber(state[1]) + elapsed * per_s)
end
if tokens < cost then
    return {0, 0, tostring((cost - tokens) / per_s)}
end

redis.call('ZREMRANGEBYSCORE', window, '-inf', string.format('(%.6f', now - window_s))
local used = redis.call('ZCARD', window)
local excess = used + cost - limit
if excess > used then
    return {0, 0, tostring(window_s)}
elseif excess > 0 then
    local last = redis.call('ZRANGE', window, excess - 1, excess - 1, 'WITHSCORES')
    return {0, 0, tostring(tonumber(last[2]) + window_s - now)}
end

for number = 1, cost do
    redis.call('ZADD', window, string.format('%.6f', now), id .. ':' .. number)
end
redis.call('EXPIRE', window, window_s + 1)
redis.call('HSET', bucket, 'tokens', tostring(tokens - cost), 'at', string.format('%.6f', now))
redis.call('EXPIRE', bucket, math.ceil(burst / per_s) + 1)
local first = redis.call('ZRANGE', window, 0, 0, 'WITHSCORES')
local left = math.min(-excess, math.floor(tokens - cost))
return {1, left, tostring(tonumber(first[2]) + window_s - now)}
"""
_GIVE_BACK = """
local removed = redis.call('ZREM', KEYS[2], ARGV[1] .. ':1')
if removed == 1 and redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HINCRBYFLOAT', KEYS[1], 'tokens', 1)
end
return removed
"""


@dataclass(frozen=True)
class Policy:
    """At most `limit` requests in any `window_s` seconds, at most `burst` of them back to back."""

    name: str
    limit: int
    window_s: int
    burst: int


@dataclass(frozen=True)
class Count:
    """Outcome of `take`.

    `wait_s` are the seconds until the oldest counted request leaves the window or, for a refused
    one, until it can be sent again. `id` names the request to `give_back`.
    """

    allowed: bool
    remaining: int
    wait_s: float
    id: str


def take(client: Redis, policy: Policy, who: str, *, cost: int) -> Count:
    """Count a request as `cost` requests of `who`, or refuse it; raises `RedisError`."""
    request = secrets.token_hex(8)
    limits = [policy.limit, policy.window_s, policy.burst]
    run = client.register_script(_TAKE)
    allowed, remaining, wait_s = run(keys=_keys(policy, who), args=[*limits, cost, request])
    return Count(bool(allowed), int(remaining), float(wait_s), request)


def give_back(client: Redis, policy: Policy, who: str, request: str) -> None:
    """Count one request less, unless it has left the window or been given back; raises
    `RedisError`.
    """
    client.register_script(_GIVE_BACK)(keys=_keys(policy, who), args=[request])


def clear(client: Redis, policy: Policy, who: str) -> None:
    client.delete(*_keys(policy, who))


def _keys(policy: Policy, who: str) -> list[str]:
    return [f"{PREFIX}:bucket:{policy.name}:{who}", f"{PREFIX}:window:{policy.name}:{who}"]
