"""`POST /auth/me/erase` and `manage.py erase_account`: the immediate effects, and the refusals."""

from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts import services
from accounts.models import ApiKey, Erasure, LoginSession, User
from common.http.auth import ALL_SCOPES, Scope
from common.models import OperatorAction
from common.operators import audit_log
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import code, error, get, post, run_queued

URL = "/auth/me/erase"
RIGHT = {"password": PASSWORD}

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def erase(user: User, body: Any = RIGHT) -> Any:
    return post(URL, body, auth=bearer(user))


def test_closes_the_account_at_once(user: User) -> None:
    auth, key, other = bearer(user), api_key_for(user), bearer(UserFactory())
    response = post(URL, RIGHT, auth=auth)
    assert response.status_code == 202
    data = response.json()["data"]
    assert (data["userId"], data["status"]) == (user.public_id, "closed")
    assert get("/auth/me", auth=auth).status_code == 401
    assert get("/auth/me", **{"X-API-Key": key}).status_code == 401
    assert post("/auth/login", {"email": user.email, "password": PASSWORD}).status_code == 401
    assert get("/auth/me", auth=other).status_code == 200


def test_leaves_no_credentials(user: User) -> None:
    api_key_for(user)
    erase(user)
    assert not ApiKey.objects.filter(user=user).exists()
    assert not LoginSession.objects.filter(user=user).exists()


def test_is_in_the_operators_log(user: User) -> None:
    erase(user)
    line = OperatorAction.objects.get()
    assert (line.action, line.object_id, line.operator) == (
        "account.erase",
        user.public_id,
        user.public_id,
    )


@pytest.mark.parametrize("body", [{"password": "wrong"}, {"password": ""}, {}, {"password": "a\0"}])
def test_needs_the_password(user: User, body: dict[str, str]) -> None:
    response = erase(user, body)
    assert response.status_code == 400
    assert not Erasure.objects.exists()
    assert User.objects.get(pk=user.pk).is_active


def test_a_wrong_password_says_so(user: User) -> None:
    assert list(error(erase(user, {"password": "wrong"}))["details"]["fields"]) == ["password"]


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "confirm_password": (2, 900, 2)})
def test_guessing_is_limited(user: User) -> None:
    statuses = [erase(user, {"password": "wrong"}).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]


def test_needs_a_login() -> None:
    assert code(post(URL, RIGHT)) == "UNAUTHORIZED"


def test_an_api_key_needs_the_scope(user: User) -> None:
    key = api_key_for(user, scopes=ALL_SCOPES - {Scope.ACCOUNT_WRITE})
    assert post(URL, RIGHT, **{"X-API-Key": key}).status_code == 403


@pytest.mark.parametrize("role", ["is_staff", "is_superuser"])
def test_operators_cannot_erase_their_account(role: str) -> None:
    operator = UserFactory(**{role: True})
    response = erase(operator)
    assert (response.status_code, error(response)["details"]) == (409, {"reason": "operator"})
    assert User.objects.get(pk=operator.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_the_erasure_runs_in_the_background() -> None:
    user = UserFactory()
    address = user.email
    erase(user)
    assert "accounts.tasks.erase_accounts" in run_queued()
    user.refresh_from_db()
    assert user.email == f"{user.public_id}@erased.invalid"
    [message] = mail.outbox
    assert message.to == [address]
    assert post("/auth/register", {"email": address, "password": PASSWORD}).status_code == 201


class TestByOperators:
    def test_a_second_request_is_harmless(self, user: User) -> None:
        boss = UserFactory(is_staff=True)
        for moment in (user.created_at, boss.created_at):
            erasure = services.erase_account(user=user, by=boss, reason="Letter", now=moment)
            assert erasure.requested_at == user.created_at
        line = OperatorAction.objects.get()
        assert (line.operator, line.reason) == (boss.public_id, "Letter")

    def test_the_command(self, user: User) -> None:
        out = StringIO()
        call_command("erase_account", user.email, "--no-input", "--reason=Letter", stdout=out)
        assert f"{user.public_id} is erased" in out.getvalue()
        line = OperatorAction.objects.get()
        assert (line.operator, line.reason) == (audit_log.CONSOLE.public_id, "Letter")

    def test_the_command_asks_first(self, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("builtins.input", lambda _: "no")
        with pytest.raises(CommandError, match="Nothing was done"):
            call_command("erase_account", user.email)
        assert not Erasure.objects.exists()

    @pytest.mark.parametrize("staff", [True, False])
    def test_the_command_refuses(self, staff: bool) -> None:
        named = UserFactory(is_staff=True).email if staff else "nobody@example.com"
        with pytest.raises(CommandError, match="operator" if staff else "no such user"):
            call_command("erase_account", named, "--no-input")
