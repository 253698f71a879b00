"""Rate-limit overrides for single users."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from common.http import rate_limit_overrides, ratelimit
from common.http.errors import RateLimited
from common.models import OperatorAction, RateLimitOverride
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(settings: Settings) -> Iterator[None]:
    """A policy whose window is so long that it does not refill during a test."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (30, 3600, 10)}
    rate_limit_overrides.forget()
    yield
    rate_limit_overrides.forget()


def override(user: User, **fields: Any) -> RateLimitOverride:
    limits = {"policy": "single", "limit": 2, "window_s": 60, "burst": 2, "reason": "Test"}
    return RateLimitOverride.objects.create(user=user, **{**limits, **fields})


def allowed(user: User, policy: str = "single", times: int = 12) -> int:
    passed = 0
    for _ in range(times):
        try:
            ratelimit.enforce(policy, identity=f"user:{user.public_id}")
            passed += 1
        except RateLimited:
            break
    return passed


def test_applies_to_its_user_and_policy_only() -> None:
    user = UserFactory()
    override(user)
    assert allowed(user) == 2
    assert allowed(user, "uploads") == 10
    assert allowed(UserFactory()) == 10


def test_may_be_wider_than_the_settings() -> None:
    user = UserFactory()
    override(user, limit=100, burst=12)
    assert allowed(user) == 12


def test_ends_when_it_expires() -> None:
    user = UserFactory()
    override(user, expires_at=timezone.now() - timedelta(seconds=1))
    assert allowed(user) == 10


def test_is_read_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory()
    assert rate_limit_overrides.of(f"user:{user.public_id}", "single") is None
    override(user)
    assert rate_limit_overrides.of(f"user:{user.public_id}", "single") is None
    monkeypatch.setattr(rate_limit_overrides._kept, "_until", 0.0)
    assert rate_limit_overrides.of(f"user:{user.public_id}", "single") == (2, 60, 2)


def test_addresses_have_no_overrides() -> None:
    assert rate_limit_overrides.of("address:127.0.0.1", "single") is None


def test_an_operator_sets_and_removes_one(
    django_capture_on_commit_callbacks: Any,
) -> None:
    user = UserFactory()
    site = Client()
    site.force_login(UserFactory(is_staff=True, is_superuser=True))
    body = {
        "user": user.pk,
        "policy": "single",
        "limit": 1,
        "window_s": 60,
        "burst": 1,
        "reason": "Too busy",
        "expires_at_0": "",
        "expires_at_1": "",
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = site.post("/admin/common/ratelimitoverride/add/", body)
    assert answer.status_code == 302, answer.content.decode()
    assert allowed(user) == 1
    line = OperatorAction.objects.get()
    assert (line.action, line.after["user"]) == ("ratelimitoverride.add", user.public_id)
    row = RateLimitOverride.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        site.post(f"/admin/common/ratelimitoverride/{row.pk}/delete/", {"post": "yes"})
    assert rate_limit_overrides.of(f"user:{user.public_id}", "single") is None
    assert OperatorAction.objects.filter(action="ratelimitoverride.delete").exists()


@pytest.mark.parametrize("field", ["limit", "window_s", "burst"])
def test_invalid_values_are_refused(field: str) -> None:
    site = Client()
    site.force_login(UserFactory(is_staff=True, is_superuser=True))
    body = {"user": UserFactory().pk, "policy": "none", "limit": 1, "window_s": 1, "burst": 1}
    page = site.post("/admin/common/ratelimitoverride/add/", {**body, field: 0})
    assert page.status_code == 200
    assert not RateLimitOverride.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 10**9},
        {"window_s": 10**8},
        {"burst": 10**9},
        {"expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"},
        {"reason": ""},
    ],
)
def test_useless_and_harmful_values_are_refused(wrong: dict[str, Any]) -> None:
    site = Client()
    site.force_login(UserFactory(is_staff=True, is_superuser=True))
    body = {"policy": "single", "limit": 1, "window_s": 1, "burst": 1, "reason": "Test"}
    form = {**body, "user": UserFactory().pk, "expires_at_0": "", "expires_at_1": "", **wrong}
    page = site.post("/admin/common/ratelimitoverride/add/", form)
    assert page.status_code == 200
    assert not RateLimitOverride.objects.exists()


def test_a_second_override_of_the_same_policy_is_refused() -> None:
    user = UserFactory()
    override(user)
    site = Client()
    site.force_login(UserFactory(is_staff=True, is_superuser=True))
    body = {"policy": "single", "limit": 1, "window_s": 1, "burst": 1, "reason": "Test"}
    page = site.post("/admin/common/ratelimitoverride/add/", {**body, "user": user.pk})
    assert "already exists" in page.content.decode()
    assert RateLimitOverride.objects.count() == 1
