"""Rate limits: a moving window for the total and a token bucket for the burst.

`common.http.rate_counters` counts both in Valkey; this module chooses the policy and the identity,
and renders the headers of the answer.
"""

import hashlib
import logging
import math
import time
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common import valkey
from common.http import rate_counters, rate_limit_overrides
from common.http.client_ip import client_address, network_of
from common.http.errors import RateLimited, ServiceUnavailable
from common.http.rate_counters import Policy

logger = logging.getLogger(__name__)

# Key of an ASGI scope under which the `Decision` made on its headers alone is kept.
COUNTED = "lumiku.rate_decision"
# Reads that cost nothing go on when Valkey is unavailable. What costs money or guards a password
# does not: a limit that is not counted is no limit.
UNCOUNTED_WITHOUT_VALKEY = frozenset({"status", "anonymous", "unauthorized"})
# Policies that a mistake does not use up, and how many times their limit may be given back: each
# mistake may have cost the reading of a large form.
GIVEN_BACK_TIMES = {"batch_start": 10}


@dataclass(frozen=True)
class Hit:
    """A request that was counted: whose (a pseudonym), and its name among the counted ones."""

    who: str
    request: str


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
    """A logged-in user, wherever they are, or else the network that the request comes from; the
    latter also for an account that many callers share. An operator who looks at a customer's
    dashboard uses up none of the customer's requests.
    """
    auth = getattr(request, "auth", None)
    if operator := getattr(auth, "viewed_by", ""):
        return f"user:{operator}"
    shared = getattr(auth, "shared", False)
    if request.user.is_authenticated and not shared:
        return f"user:{request.user.public_id}"
    return f"address:{network_of(client_address(request))}"


def hit(policy: Policy, *, identity: str, cost: int = 1) -> Decision:
    """Count one request of `identity` as `cost` requests, or refuse it without counting it.

    Raises `ServiceUnavailable` (503) when Valkey is unavailable and the policy is not one of
    `UNCOUNTED_WITHOUT_VALKEY`.
    """
    try:
        return _hit(policy, _pseudonym(identity), cost)
    except RedisError as problem:
        if policy.name not in UNCOUNTED_WITHOUT_VALKEY:
            raise ServiceUnavailable(headers={"Retry-After": "5"}) from problem
        logger.warning("rate limit %s is not counted: Valkey is unavailable", policy.name)
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
        rate_counters.clear(valkey.client(), chosen, who)
    except RedisError:
        logger.warning("rate limit %s was not cleared: Valkey is unavailable", name)


def give_back(decision: Decision) -> Decision:
    """Count a request less that was counted and then refused for what it said.

    Only under the policies of `GIVEN_BACK_TIMES`, and only so often; else `decision` is returned
    as it was.
    """
    used, times = decision.hit, GIVEN_BACK_TIMES.get(decision.policy.name)
    if used is None or times is None:
        return decision
    try:
        if not _hit(_of_given_back(decision.policy, times), used.who).allowed:
            return decision
        rate_counters.give_back(valkey.client(), decision.policy, used.who, used.request)
    except RedisError:
        logger.warning(
            "rate limit %s was not given back: Valkey is unavailable", decision.policy.name
        )
        return decision
    return replace(decision, remaining=decision.remaining + 1, hit=None)


def take_back(decision: Decision) -> None:
    """Count one request less, for example an attempt that turned out to be no failure."""
    used = decision.hit
    if used is None:
        return
    try:
        rate_counters.give_back(valkey.client(), decision.policy, used.who, used.request)
    except RedisError:
        logger.warning(
            "rate limit %s was not given back: Valkey is unavailable", decision.policy.name
        )


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
    count = rate_counters.take(valkey.client(), policy, who, cost=cost)
    reset_at = math.ceil(time.time() + count.wait_s)
    if not count.allowed:
        retry_after = max(1, math.ceil(count.wait_s))
        return Decision(
            policy, allowed=False, remaining=0, reset_at=reset_at, retry_after=retry_after
        )
    used = Hit(who, count.id)
    return Decision(policy, allowed=True, remaining=count.remaining, reset_at=reset_at, hit=used)


def _of_given_back(policy: Policy, times: int) -> Policy:
    return Policy(
        f"{policy.name}_given_back", times * policy.limit, policy.window_s, times * policy.burst
    )


def _pseudonym(identity: str) -> str:
    """A digest of an identity, because Valkey must hold no network and no e-mail addresses."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
