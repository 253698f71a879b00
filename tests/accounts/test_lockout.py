"""Guesses by others do not lock the owner of an account out."""

from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.utils import timezone

from accounts import guard, networks, services
from accounts.guard import Origin
from accounts.models import KnownNetwork, User
from accounts.services import retention
from common.http.errors import RateLimited
from tests.accounts.codes import CODE, WRONG, app_code, boss, clock, is_in, password, set_up
from tests.accounts.factories import PASSWORD, UserFactory, bearer
from tests.accounts.http import code as code_of
from tests.accounts.http import post
from tests.concurrency.test_ledger import at_once, kinds

__all__ = ["boss", "clock"]

pytestmark = pytest.mark.django_db

HOME, ATTACKER = "203.0.113.5", "198.51.100.66"


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "login_address": (1000, 300, 1000),
        "login_account": (3, 900, 3),
        "login_account_wide": (6, 3600, 6),
        "login_code": (3, 900, 3),
        "login_code_wide": (6, 3600, 6),
        "confirm_password": (3, 900, 3),
        "confirm_code": (3, 900, 3),
    }


def log_in(user: User, given: str = PASSWORD, *, at: str = HOME, **sent: str) -> Any:
    body = {"email": user.email, "password": given, **sent}
    return post("/auth/login", body, client=Client(REMOTE_ADDR=at))


def guess_everywhere(user: User) -> None:
    for n in range(10):
        log_in(user, "wrong", at=f"198.51.100.{n}")


def test_guesses_of_one_network_limit_only_that_network() -> None:
    user = UserFactory()
    statuses = [log_in(user, "wrong", at=ATTACKER).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]

    refused = log_in(user, at=ATTACKER)
    assert code_of(refused) == "RATE_LIMIT_EXCEEDED"
    assert int(refused.headers["Retry-After"]) > 0
    assert log_in(user).status_code == 200


def test_guesses_of_many_networks_are_limited_together() -> None:
    user = UserFactory()
    guess_everywhere(user)
    assert log_in(user, at="192.0.2.200").status_code == 429


def test_the_owner_passes_from_a_network_used_before() -> None:
    user = UserFactory()
    log_in(user)
    guess_everywhere(user)
    assert log_in(user).status_code == 200
    assert log_in(UserFactory()).status_code == 200


def test_the_owner_passes_from_the_network_of_registration() -> None:
    sent = {"email": "fresh@example.com", "password": PASSWORD}
    assert post("/auth/register", sent, client=Client(REMOTE_ADDR=HOME)).status_code == 201
    user = User.objects.get(email="fresh@example.com")
    guess_everywhere(user)
    assert log_in(user).status_code == 200


def test_a_known_network_may_guess_no_more_often_than_others() -> None:
    user = UserFactory()
    log_in(user)
    assert [log_in(user, "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_a_known_network_counts_for_its_own_account_only() -> None:
    user, other = UserFactory(), UserFactory()
    log_in(other)
    guess_everywhere(user)
    assert log_in(user).status_code == 429


def test_successes_are_not_counted_as_guesses() -> None:
    user = UserFactory()
    assert {log_in(user, at=f"198.51.100.{n}").status_code for n in range(10)} == {200}


def test_a_success_does_not_clear_what_others_guessed() -> None:
    user = UserFactory()
    for n in range(5):
        log_in(user, "wrong", at=f"198.51.100.{n}")
    assert log_in(user).status_code == 200
    assert log_in(user, "wrong", at="192.0.2.1").status_code == 401
    assert log_in(user, at="192.0.2.2").status_code == 429


def test_a_reset_by_mail_makes_the_network_known() -> None:
    user = UserFactory()
    guess_everywhere(user)
    token, new = default_token_generator.make_token(user), "an entirely new pass phrase 43"
    sent = {"token": f"{user.public_id}.{token}", "newPassword": new}
    here = Client(REMOTE_ADDR=HOME)
    assert post("/auth/password/reset/confirm", sent, client=here).status_code == 200
    assert log_in(user, new).status_code == 200


def test_operators_do_not_share_the_count(boss: User) -> None:
    guess_everywhere(boss)
    for _ in range(4):
        log_in(boss, "wrong")
    client, answer = password(boss)
    assert answer.status_code == 302
    assert is_in(client)


def test_an_open_session_does_not_share_the_count() -> None:
    user = UserFactory()
    auth = bearer(user)
    guess_everywhere(user)
    change = {"currentPassword": PASSWORD, "newPassword": "an entirely new pass phrase 43"}
    answer = post("/auth/password/change", change, auth=auth)
    assert answer.status_code == 200

    erase = {"password": "an entirely new pass phrase 43"}
    auth = f"Bearer {answer.json()['token']}"
    assert post("/auth/me/erase", erase, auth=auth).status_code == 202


def test_a_forgotten_confirmation_does_not_lock_the_login() -> None:
    user = UserFactory()
    auth = bearer(user)
    wrong = {"currentPassword": "wrong", "newPassword": "an entirely new pass phrase 43"}
    statuses = [post("/auth/password/change", wrong, auth=auth).status_code for _ in range(4)]
    assert statuses == [400, 400, 400, 429]
    assert log_in(user).status_code == 200


@pytest.mark.usefixtures("clock")
def test_wrong_codes_of_one_network_do_not_lock_the_owner_out(boss: User) -> None:
    secret, _ = set_up(boss)
    statuses = [log_in(boss, at=ATTACKER, code=WRONG).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert log_in(boss, code=app_code(secret)).status_code == 200


@pytest.mark.usefixtures("clock")
def test_wrong_codes_of_many_networks_pass_the_owner(boss: User) -> None:
    secret, codes = set_up(boss)
    assert log_in(boss, code=codes[0]).status_code == 200
    statuses = [log_in(boss, at=f"198.51.100.{n}", code="000000").status_code for n in range(8)]
    assert statuses == [401] * 6 + [429] * 2
    assert log_in(boss, at="192.0.2.9", code=codes[1]).status_code == 429
    assert log_in(boss, code=app_code(secret)).status_code == 200


@pytest.mark.usefixtures("clock")
def test_the_operators_pages_count_codes_apart(boss: User) -> None:
    secret, _ = set_up(boss)
    for _ in range(4):
        log_in(boss, at="127.0.0.1", code="000000")
    client, _ = password(boss)
    client.post(CODE, {"code": app_code(secret)})
    assert is_in(client)


@pytest.mark.usefixtures("clock")
def test_a_password_alone_makes_no_network_known(boss: User) -> None:
    set_up(boss)
    log_in(boss)
    password(boss)
    assert not KnownNetwork.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False])
def test_parallel_guesses_are_counted_one_by_one(known: bool) -> None:
    user = UserFactory()
    if known:
        networks.remember(user, ATTACKER, now=timezone.now())

    def guess(_: int) -> None:
        services.log_in(
            email=user.email, password="wrong", origin=Origin(ATTACKER), now=timezone.now()
        )

    assert kinds(at_once(20, guess)) == {"WrongCredentials": 3, "RateLimited": 17}


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_of_many_networks_stay_within_the_wide_limit() -> None:
    user = UserFactory()

    def guess(n: int) -> None:
        services.log_in(
            email=user.email,
            password="wrong",
            origin=Origin(f"198.51.100.{n}"),
            now=timezone.now(),
        )

    assert kinds(at_once(20, guess)) == {"WrongCredentials": 6, "RateLimited": 14}


def test_a_stored_network_does_not_reveal_the_address() -> None:
    user = UserFactory()
    log_in(user)
    log_in(user)
    [kept] = KnownNetwork.objects.all()
    assert HOME not in kept.digest
    assert len(kept.digest) == 64


def test_networks_are_forgotten_in_time_and_with_the_account() -> None:
    user, now = UserFactory(), timezone.now()
    networks.remember(user, HOME, now=now)
    networks.remember(user, ATTACKER, now=now - networks.KEPT)
    retention.purge_tokens(now=now + (networks.KEPT / 2))
    assert networks.is_known(user.email, HOME)
    assert not networks.is_known(user.email, ATTACKER)

    services.erase_account(user=user, by=user, reason="test", now=now)
    assert not KnownNetwork.objects.exists()


def test_the_refusal_says_when_to_come_back() -> None:
    origin = Origin(ATTACKER)
    for _ in range(3):
        with pytest.raises(KeyError), guard.against_guessing("a@example.com", origin):
            raise KeyError
    with pytest.raises(RateLimited) as refused, guard.against_guessing("a@example.com", origin):
        pass
    assert int(refused.value.headers["Retry-After"]) > 0
