"""Rate limits: a moving window for the total and a token bucket for the burst.

Both live in Valkey and each is one atomic script there, so threads and processes share one count.
A refused request consumes nothing.
"""

import hashlib
import logging
import math
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common import valkey
from common.http import rate_limit_overrides
from common.http.client_ip import client_address, network_of
from common.http.errors import RateLimited, ServiceUnavailable

logger = logging.getLogger(__name__)

PREFIX = "lumiku:rate"
# Key of an ASGI scope under which the `Decision` made on its headers alone is kept.
COUNTED = "lumiku.rate_decision"
# Reads that cost nothing go on when Valkey is away. What costs money or guards a password does
# not: a limit that nobody counts is no limit.
OPEN_WHEN_BLIND = frozenset({"status", "anonymous", "unauthorized"})
# Policies that a mistake does not use up, and how many times their limit may be forgiven: each
# mistake may have cost us the reading of a large form.
FORGIVING = {"batch_start": 10}

_TAKE = """
local size, per_s, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = size
if state[1] then
    local elapsed = math.max(0, now - tonumber(state[2]))
    tokens = math.min(size, tonumber(state[1]) + elapsed * per_s)
end
if tokens < cost then
    return {tostring((cost - tokens) / per_s), '0'}
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - cost), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(size / per_s) + 1)
return {'0', tostring(math.floor(tokens - cost))}
"""
_GIVE_BACK = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HINCRBYFLOAT', KEYS[1], 'tokens', ARGV[1])
end
"""
# Takes one entry of that moment out of the window; of two it does not matter which.
_UNCOUNT = """
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if tonumber(entry) == tonumber(ARGV[1]) then
        return redis.call('LREM', KEYS[1], 1, entry)
    end
end
return 0
"""


@dataclass(frozen=True)
class Policy:
    """At most `limit` requests in any `window_s` seconds, at most `burst` of them back to back."""

    name: str
    limit: int
    window_s: int
    burst: int


@dataclass(frozen=True)
class Hit:
    """A request that was counted: whose (a pseudonym), and when in Unix seconds."""

    who: str
    at: float


@dataclass(frozen=True)
class Decision:
    """Decision of the limiter. `reset_at` is in Unix seconds, `retry_after` in seconds from now.

    `remaining` is what may be sent at once: the smaller of what window and burst have left.
    `hit` is what an allowed request has used up, if it was counted.
    """

    policy: Policy
    allowed: bool
    remaining: int
    reset_at: int
    retry_after: int = 0
    hit: Hit | None = None

    @property
    def limit(self) -> int:
        return self.policy.limit

    def headers(self) -> dict[str, str]:
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }
        return headers if self.allowed else {**headers, "Retry-After": str(self.retry_after)}

    def error(self) -> RateLimited:
        return RateLimited(
            f"Too many requests. Please try again in {_counted(self.retry_after, 'second')}",
            details={
                "retryAfter": self.retry_after,
                "limit": self.limit,
                "window": _duration(self.policy.window_s),
            },
            headers=self.headers(),
        )


def policy(name: str) -> Policy:
    """The configured policy of that name; raises `KeyError`."""
    return Policy(name, *settings.RATE_LIMITS[name])


def identity_of(request: Any) -> str:
    """A logged-in user, wherever they are, or else the network that the request comes from."""
    if request.user.is_authenticated:
        return f"user:{request.user.public_id}"
    return f"address:{network_of(client_address(request))}"


def hit(policy: Policy, *, identity: str, cost: int = 1) -> Decision:
    """Count one request of `identity` as `cost` requests, or refuse it without counting it.

    Raises `ServiceUnavailable` (503) when Valkey is away and the policy is not one of
    `OPEN_WHEN_BLIND`.
    """
    try:
        return _hit(policy, _pseudonym(identity), cost)
    except RedisError as problem:
        if policy.name not in OPEN_WHEN_BLIND:
            raise ServiceUnavailable(headers={"Retry-After": "5"}) from problem
        logger.warning("rate limit %s is not counted: Valkey is away", policy.name)
        reset_at = math.ceil(time.time()) + policy.window_s
        remaining = min(policy.limit, policy.burst)
        return Decision(policy, allowed=True, remaining=remaining, reset_at=reset_at)


def enforce(name: str, *, identity: str, cost: int = 1) -> Decision:
    """`hit` the named policy, or what an operator has set for this user instead.

    Raises `RateLimited` (429) with its headers when it refuses.
    """
    other = rate_limit_overrides.of(identity, name)
    chosen = Policy(name, *other) if other else policy(name)
    # What costs more than the limit would never get through.
    cost = min(cost, chosen.limit, chosen.burst)
    decision = hit(chosen, identity=identity, cost=cost)
    if not decision.allowed:
        raise decision.error()
    return decision


def limit_unknown(request: Any) -> Decision:
    """Count a request that is answered 401, by network; raises `RateLimited`."""
    network = network_of(client_address(request))
    return enforce("unauthorized", identity=f"address:{network}")


def forget(name: str, *, identity: str) -> None:
    """Clear what was counted for `identity`, for example failures after a success."""
    chosen, who = policy(name), _pseudonym(identity)
    try:
        valkey.client().delete(_bucket(chosen, who))
        _window(settings.REDIS_URL).clear(_item(chosen), chosen.name, who)
    except RedisError:
        logger.warning("rate limit %s was not cleared: Valkey is away", name)


def forgive(decision: Decision) -> Decision:
    """Count a request less that was counted and then refused for what it said.

    Only under policies that forgive, and only so often; else `decision` stays what it was.
    """
    used, times = decision.hit, FORGIVING.get(decision.policy.name)
    if used is None or times is None:
        return decision
    try:
        if not _hit(_forgiveness(decision.policy, times), used.who).allowed:
            return decision
        _uncount(decision.policy, used)
    except RedisError:
        logger.warning("rate limit %s was not given back: Valkey is away", decision.policy.name)
        return decision
    return replace(decision, remaining=decision.remaining + 1, hit=None)


def take_back(decision: Decision) -> None:
    """Count one request less, for example an attempt that turned out to be no failure."""
    if decision.hit is None:
        return
    try:
        _uncount(decision.policy, decision.hit)
    except RedisError:
        logger.warning("rate limit %s was not given back: Valkey is away", decision.policy.name)


class RateLimit(BaseThrottle):
    """DRF throttle that applies the policy named by `view.rate_policy`.

    A request that was counted before its body was read (`common.http.early_auth`) is not
    counted again.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        counted = getattr(request._request, "scope", {}).get(COUNTED)
        if counted is not None and counted.policy.name == view.rate_policy:
            view.rate_decision = counted
        else:
            view.rate_decision = enforce(view.rate_policy, identity=identity_of(request))
        return True


def _hit(policy: Policy, who: str, cost: int = 1) -> Decision:
    client = valkey.client()
    bucket = _bucket(policy, who)
    per_s = policy.limit / policy.window_s
    taken = client.register_script(_TAKE)(keys=[bucket], args=[policy.burst, per_s, cost])
    wait_s, burst_left = (float(part) for part in taken)
    if wait_s > 0:
        return _refusal(policy, time.time() + wait_s)
    used = Hit(who, time.time())
    counted = _count(policy, used, cost)
    stats = _window(settings.REDIS_URL).get_window_stats(_item(policy), policy.name, who)
    if not counted:
        client.register_script(_GIVE_BACK)(keys=[bucket], args=[cost])
        return _refusal(policy, stats.reset_time)
    return Decision(
        policy,
        allowed=True,
        remaining=min(stats.remaining, int(burst_left)),
        reset_at=math.ceil(stats.reset_time),
        hit=used,
    )


def _forgiveness(policy: Policy, times: int) -> Policy:
    return Policy(
        f"{policy.name}_forgiven", times * policy.limit, policy.window_s, times * policy.burst
    )


def _count(policy: Policy, used: Hit, cost: int) -> bool:
    """As the limiter's own `hit`, which keeps to itself under what moment it counts."""
    storage: Any = _window(settings.REDIS_URL).storage
    wanted = [used.at, policy.limit, policy.window_s, cost]
    return bool(storage.lua_acquire_moving_window([_window_key(policy, used.who)], wanted))


def _uncount(policy: Policy, used: Hit) -> None:
    client = valkey.client()
    key = _window_key(policy, used.who)
    if client.register_script(_UNCOUNT)(keys=[key], args=[used.at]):
        client.register_script(_GIVE_BACK)(keys=[_bucket(policy, used.who)], args=[1])


def _pseudonym(identity: str) -> str:
    """Valkey holds no addresses and no e-mail addresses."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _bucket(policy: Policy, who: str) -> str:
    return f"{PREFIX}:bucket:{policy.name}:{who}"


def _window_key(policy: Policy, who: str) -> str:
    storage: Any = _window(settings.REDIS_URL).storage
    return str(storage.prefixed_key(_item(policy).key_for(policy.name, who)))


def _item(policy: Policy) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(policy.limit, policy.window_s)


def _refusal(policy: Policy, at: float) -> Decision:
    retry_after = max(1, math.ceil(at - time.time()))
    return Decision(
        policy, allowed=False, remaining=0, reset_at=math.ceil(at), retry_after=retry_after
    )


@lru_cache(maxsize=8)
def _window(url: str) -> MovingWindowRateLimiter:
    pool = valkey.client_of(url).connection_pool
    return MovingWindowRateLimiter(RedisStorage(url, connection_pool=pool, key_prefix=PREFIX))


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
