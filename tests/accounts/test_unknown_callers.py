"""Requests that are answered 401 are limited by network."""

from typing import Any

import pytest
from django.test import Client

from tests.accounts.factories import UserFactory, api_key_for
from tests.accounts.http import code, get, post
from tests.concurrency.test_ledger import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "unauthorized": (3, 60, 3)}


def asked(address: str = "198.51.100.1", path: str = "/auth/me", **headers: str) -> Any:
    return get(path, client=Client(REMOTE_ADDR=address), **headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "lmk_live_guess"},
        {"Authorization": "Bearer guess"},
        {"Authorization": "Basic guess"},
    ],
)
def test_guesses_of_a_network_are_limited(headers: dict[str, str]) -> None:
    answers = [asked(**headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert code(answers[3]) == "RATE_LIMIT_EXCEEDED"
    assert int(answers[3].headers["Retry-After"]) > 0
    assert answers[0].headers["X-RateLimit-Limit"] == "3"


def test_every_endpoint_counts_towards_the_limit() -> None:
    paths = ("/background-remover/jobs", "/background-remover/stats", "/auth/api-keys", "/auth/me")
    assert [asked(path=path).status_code for path in paths] == [401, 401, 401, 429]


def test_other_networks_and_known_callers_are_not_limited() -> None:
    key = api_key_for(UserFactory())
    for _ in range(5):
        asked()
    assert asked("203.0.113.5").status_code == 401
    assert asked(**{"X-API-Key": key}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_stay_within_the_limit() -> None:
    statuses = at_once(12, lambda _: asked(**{"X-API-Key": "lmk_live_guess"}).status_code)
    assert sorted(map(str, statuses)) == ["401"] * 3 + ["429"] * 9


def test_guessing_the_token_of_a_reset_mail_is_limited(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": (2, 60, 2)}
    body = {"token": "user_x.guess", "newPassword": "an entirely new pass phrase 43"}
    path = "/auth/password/reset/confirm"
    answers = [
        post(path, body, client=Client(REMOTE_ADDR="198.51.100.1")).status_code for _ in range(3)
    ]
    assert answers == [400, 400, 429]
    assert post(path, body, client=Client(REMOTE_ADDR="203.0.113.5")).status_code == 400
