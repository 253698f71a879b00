import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from common.http import ratelimit
from common.http.errors import RateLimited, ServiceUnavailable
from common.http.rate_counters import PREFIX, Policy
from common.http.ratelimit import enforce, give_back, hit
from sandbox.ports import free_port
from tests.common.http import error

WIDE = Policy("wide", limit=30, window_s=60, burst=30)


@pytest.fixture
def _no_valkey(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port(None)}/0"


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def allowed(policy: Policy, times: int, identity: str = "user:a") -> int:
    return sum(hit(policy, identity=identity).allowed for _ in range(times))


def test_60_threads_at_a_limit_of_30_let_exactly_30_pass() -> None:
    decisions = in_threads(60, lambda _: hit(WIDE, identity="user:a"))
    assert sum(decision.allowed for decision in decisions) == 30


def test_60_requests_over_http_at_a_limit_of_30_let_exactly_30_pass(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (30, 60, 30)}
    statuses = in_threads(60, lambda _: Client().get("/limited").status_code)
    assert (statuses.count(200), statuses.count(429)) == (30, 30)


def test_the_burst_bounds_what_comes_back_to_back() -> None:
    assert allowed(Policy("narrow", limit=30, window_s=3600, burst=10), 30) == 10


@pytest.mark.parametrize(("limit", "burst"), [(30, 10), (3, 100), (5, 5)])
def test_remaining_is_what_can_really_be_sent_now(limit: int, burst: int) -> None:
    policy = Policy("honest", limit=limit, window_s=3600, burst=burst)
    decision = hit(policy, identity="user:a")
    assert decision.remaining == min(limit, burst) - 1
    promised = decision.remaining
    assert allowed(policy, promised) == promised
    assert not hit(policy, identity="user:a").allowed


def test_the_bucket_refills_at_limit_over_window() -> None:
    policy = Policy("quick", limit=200, window_s=2, burst=1)
    assert hit(policy, identity="user:a").allowed
    refused = next(d for _ in range(1000) if not (d := hit(policy, identity="user:a")).allowed)
    time.sleep(refused.retry_after)
    assert hit(policy, identity="user:a").allowed


def test_a_window_never_holds_more_than_its_limit() -> None:
    policy = Policy("short", limit=3, window_s=1, burst=100)
    passed: list[tuple[float, float]] = []
    while len(passed) < 7:
        before = time.time()
        if hit(policy, identity="user:a").allowed:
            passed.append((before, time.time()))
    # The fourth after each three came at least a window later (clock steps of 10 ms aside),
    # however long each took.
    assert all(
        later[1] - sooner[0] > 0.99 for sooner, later in zip(passed, passed[3:], strict=False)
    )


def test_a_refused_request_consumes_nothing(valkey: Any) -> None:
    policy = Policy("full", limit=5, window_s=3600, burst=50)
    allowed(policy, 5)
    before = tokens(valkey, policy)
    assert allowed(policy, 20) == 0
    assert tokens(valkey, policy) - before < 1
    (window,) = valkey.keys(f"{PREFIX}:window:full:*")
    assert valkey.zcard(window) == 5


def test_a_refusal_says_when_enough_of_the_window_is_free() -> None:
    policy = Policy("wide", limit=10, window_s=3600, burst=100)
    allowed(policy, 10)
    refused = hit(policy, identity="user:a", cost=3)
    assert not refused.allowed
    assert 3590 <= refused.retry_after <= 3600
    assert not hit(policy, identity="user:b", cost=11).allowed


def tokens(valkey: Any, policy: Policy) -> float:
    (key,) = valkey.keys(f"{PREFIX}:bucket:{policy.name}:*")
    return float(valkey.hget(key, "tokens") or 0)


def test_identities_and_policies_are_counted_apart() -> None:
    one = Policy("one", limit=1, window_s=60, burst=1)
    assert allowed(one, 3, "user:a") == 1
    assert allowed(one, 3, "user:b") == 1
    assert allowed(Policy("two", limit=1, window_s=60, burst=1), 3, "user:a") == 1


def test_identities_are_not_readable_in_valkey(valkey: Any) -> None:
    hit(WIDE, identity="login:person@example.com")
    assert not any(b"person" in key for key in valkey.keys("*"))


def test_keys_expire(valkey: Any) -> None:
    hit(WIDE, identity="user:a")
    assert all(0 < valkey.ttl(key) <= 61 for key in valkey.keys("*"))


def test_enforce_raises_the_documented_error(settings: Any) -> None:
    settings.RATE_LIMITS = {"login_account": (1, 900, 1)}
    enforce("login_account", identity="login:a")
    with pytest.raises(RateLimited) as caught:
        enforce("login_account", identity="login:a")
    details = caught.value.details or {}
    after = details["retryAfter"]
    assert 1 <= after <= 900
    assert details == {"retryAfter": after, "limit": 1, "window": "15 minutes"}
    assert caught.value.message == f"Too many requests. Please try again in {after} seconds"
    assert caught.value.headers["Retry-After"] == str(after)


def test_a_count_can_be_cleared(settings: Any) -> None:
    settings.RATE_LIMITS = {"login_account": (1, 900, 1)}
    enforce("login_account", identity="login:a")
    ratelimit.forget("login_account", identity="login:a")
    enforce("login_account", identity="login:a")


@pytest.mark.usefixtures("_no_valkey")
def test_forgetting_does_no_harm_without_valkey() -> None:
    ratelimit.forget("login_account", identity="login:a")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(60, "1 minute"), (3600, "1 hour"), (900, "15 minutes"), (90, "90 seconds"), (1, "1 second")],
)
def test_windows_are_said_in_words(seconds: int, text: str) -> None:
    assert ratelimit._duration(seconds) == text


def test_a_limited_answer_carries_the_headers() -> None:
    response = Client().get("/limited")
    assert response.headers["X-RateLimit-Limit"] == "30"
    assert response.headers["X-RateLimit-Remaining"] == "9"
    assert time.time() < int(response.headers["X-RateLimit-Reset"]) <= time.time() + 61
    assert "Retry-After" not in response.headers


def test_an_error_carries_the_headers_too() -> None:
    response = Client().post("/limited")
    assert response.status_code == 409
    assert response.headers["X-RateLimit-Remaining"] == "9"


def test_a_refusal_says_when_to_come_back(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (1, 60, 1)}
    Client().get("/limited")
    response = Client().get("/limited")
    found = error(response)
    assert response.status_code == 429
    assert found["code"] == "RATE_LIMIT_EXCEEDED"
    assert response.headers["Retry-After"] == str(found["details"]["retryAfter"])
    assert response.headers["X-RateLimit-Remaining"] == "0"


def test_addresses_are_counted_apart_when_nobody_is_logged_in(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (1, 60, 1)}
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8:1::1", "2001:db8:2::1"):
        assert Client(REMOTE_ADDR=address).get("/limited").status_code == 200
    assert Client(REMOTE_ADDR="2001:db8:1::2").get("/limited").status_code == 429


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_valkey")
def test_without_valkey_what_costs_money_is_refused() -> None:
    with pytest.raises(ServiceUnavailable):
        enforce("single", identity="user:a")
    response = Client().get("/limited")
    assert (response.status_code, error(response)["code"]) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_valkey")
@pytest.mark.parametrize("name", ["status", "anonymous"])
def test_without_valkey_cheap_reads_go_on(name: str) -> None:
    assert enforce(name, identity="user:a").allowed


def counted(valkey: Any) -> list[bytes]:
    """The requests in the window of `batch_start`, oldest first."""
    windows = valkey.keys(f"{PREFIX}:window:batch_start:*")
    return [request for window in windows for request in valkey.zrange(window, 0, -1)]


class TestForgiving:
    """Under `batch_start` a request that is refused for what it says is not counted."""

    POLICY = Policy("batch_start", limit=5, window_s=3600, burst=5)

    def test_a_forgiven_request_leaves_no_trace(self, valkey: Any) -> None:
        decision = hit(self.POLICY, identity="user:a")
        assert (decision.remaining, give_back(decision).remaining) == (4, 5)
        assert not counted(valkey)
        assert allowed(self.POLICY, 6) == 5

    def test_only_its_own_hit_is_taken_back(self, valkey: Any) -> None:
        mine = hit(self.POLICY, identity="user:a")
        others = [hit(self.POLICY, identity="user:a") for _ in range(4)]
        give_back(mine)
        left = [f"{other.hit.request}:1".encode() for other in others if other.hit]
        assert counted(valkey) == left

    def test_a_request_is_given_back_once(self) -> None:
        mine = hit(self.POLICY, identity="user:a")
        hit(self.POLICY, identity="user:a")
        for _ in range(3):
            ratelimit.take_back(mine)
        assert allowed(self.POLICY, 10) == 4

    def test_threads_get_back_exactly_what_they_used(self) -> None:
        policy = Policy("batch_start", limit=30, window_s=3600, burst=30)

        def ask(number: int) -> bool:
            decision = hit(policy, identity="user:a")
            return decision.allowed and (bool(number % 2) or give_back(decision).hit is None)

        in_threads(20, ask)
        assert allowed(policy, 40) == 20

    def test_forgiveness_has_an_end(self) -> None:
        narrow = Policy("batch_start", limit=1, window_s=3600, burst=1)
        left = [give_back(hit(narrow, identity="user:a")).hit is None for _ in range(10)]
        assert all(left)
        assert give_back(hit(narrow, identity="user:a")).hit is not None
        assert not hit(narrow, identity="user:a").allowed

    def test_other_limits_forgive_nothing(self) -> None:
        decision = hit(WIDE, identity="user:a")
        assert give_back(decision) is decision
