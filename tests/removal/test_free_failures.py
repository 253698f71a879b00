"""The limit on pictures of an account that fail free of charge."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from common.http.errors import RateLimited
from removal import free_failures
from tests.batches.working import started
from tests.removal.factories import customer, row, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_an_hour(settings: Settings) -> None:
    settings.FREE_FAILURES_PER_HOUR = 3


def failures(user: User, count: int, **fields: Any) -> None:
    for _ in range(count):
        row(user, status="failed", **{"error_code": "NO_SUBJECT_FOUND", "attempts": 1, **fields})


def remove(client: Client) -> Any:
    body = {"image": uploaded(), "tier": "basic"}
    return client.post("/v1/background-remover/remove", body)


def check(user: User) -> None:
    free_failures.check(user_id=user.pk, now=timezone.now())


def test_after_too_many_a_single_is_refused_with_the_time_to_wait(api: Client, owner: User) -> None:
    failures(owner, 3, created_at=timezone.now() - timedelta(minutes=50))
    answer = remove(api)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 590 <= int(answer.headers["Retry-After"]) <= 600


def test_after_too_many_a_batch_is_refused(owner: User) -> None:
    failures(owner, 3)
    with pytest.raises(RateLimited):
        started(owner)


def test_fewer_are_nobodys_business(owner: User) -> None:
    failures(owner, 2)
    check(owner)


def test_they_are_forgotten_after_an_hour(owner: User) -> None:
    failures(owner, 9, created_at=timezone.now() - timedelta(minutes=61))
    check(owner)


def test_as_many_finished_pictures_allow_more_failures(owner: User) -> None:
    failures(owner, 5)
    for _ in range(6):
        row(owner, status="completed")
    check(owner)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"error_code": "INTERNAL_ERROR"}, id="ours"),
        pytest.param({"attempts": 0}, id="refused before any work"),
    ],
)
def test_other_failures_do_not_count(owner: User, fields: dict[str, Any]) -> None:
    failures(owner, 5, **fields)
    check(owner)


def test_free_failures_are_counted_for_each_user(owner: User) -> None:
    failures(customer(), 9)
    check(owner)
