"""Codes of an authenticator app, required of staff after the password."""

import re
from typing import Any

import pytest
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken

from accounts.models import User
from accounts.second_factor import services, visits
from common.http.auth import Scope
from tests.accounts.codes import (
    CODE,
    DEVICE,
    EARLIER,
    LATER,
    LOGIN,
    WRONG,
    app_code,
    boss,
    clock,
    entered,
    is_in,
    password,
    set_up,
    text,
)
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for
from tests.accounts.http import code as code_of
from tests.accounts.http import error, get, post

__all__ = ["boss", "clock"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- logging in ---


def test_without_a_second_factor_the_password_is_enough(boss: User) -> None:
    client, answer = password(boss)
    assert answer.headers["Location"] == "/admin/"
    assert is_in(client)


def test_the_password_alone_opens_nothing(boss: User) -> None:
    set_up(boss)
    client, answer = password(boss)
    assert answer.headers["Location"] == CODE
    assert not is_in(client)
    assert get("/auth/me", client=client).status_code == 401
    assert client.get(DEVICE).headers["Location"] == CODE
    for act in ("renew", "replace", "remove"):
        assert client.post(DEVICE, {"act": act, "code": ""}).headers["Location"] == CODE


def test_password_and_code_open_the_page_that_was_asked_for(boss: User) -> None:
    secret, _ = set_up(boss)
    client, _ = password(boss, after="/admin/accounts/user/")
    answer = client.post(CODE, {"code": f" {app_code(secret)[:3]} {app_code(secret)[3:]}"})
    assert answer.headers["Location"] == "/admin/accounts/user/"
    assert is_in(client)
    assert get("/auth/me", client=client).status_code == 200


def test_it_leads_to_no_other_host(boss: User) -> None:
    secret, _ = set_up(boss)
    client, _ = password(boss, after="https://evil.example/")
    assert client.post(CODE, {"code": app_code(secret)}).headers["Location"] == "/admin/"


def test_a_code_works_once(boss: User) -> None:
    secret, _ = set_up(boss)
    code = app_code(secret)
    entered(boss, code)
    client, _ = password(boss)
    answer = client.post(CODE, {"code": code})
    assert "wrong, or was used already" in text(answer)
    assert not is_in(client)


def test_the_code_that_set_it_up_does_not_log_in(boss: User) -> None:
    secret, _ = set_up(boss)
    client, _ = password(boss)
    client.post(CODE, {"code": app_code(secret, EARLIER)})
    assert not is_in(client)


def test_a_recovery_code_works_once(boss: User) -> None:
    _, codes = set_up(boss)
    assert is_in(entered(boss, codes[0].upper()))
    client, _ = password(boss)
    client.post(CODE, {"code": codes[0]})
    assert not is_in(client)
    assert StaticToken.objects.count() == services.RECOVERY_CODES - 1


def test_codes_of_somebody_else_do_not_work(boss: User) -> None:
    set_up(boss)
    secret, codes = set_up(UserFactory(is_staff=True))
    client, _ = password(boss)
    for code in (app_code(secret), codes[0]):
        client.post(CODE, {"code": code})
    assert not is_in(client)


def test_only_the_right_password_reveals_a_second_factor(boss: User) -> None:
    other = UserFactory(is_staff=True)
    set_up(boss)
    pages = [text(password(user, "wrong")[1]) for user in (boss, other)]
    bodies = [re.sub(r'value="[^"]*"', "", page) for page in pages]
    assert bodies[0] == bodies[1]


def test_a_customer_with_a_second_factor_cannot_enter(boss: User) -> None:
    secret, _ = set_up(boss)
    User.objects.update(is_staff=False)
    client, _ = password(boss)
    assert client.post(CODE, {"code": app_code(secret)}).headers["Location"] == LOGIN


def test_the_code_page_needs_the_password() -> None:
    for page in (CODE, DEVICE):
        assert Client().get(page).headers["Location"] == LOGIN
        assert Client().post(page, {"act": "set-up", "code": "1"}).headers["Location"] == LOGIN


def test_the_password_is_remembered_for_minutes_only(boss: User) -> None:
    set_up(boss)
    client, _ = password(boss)
    assert client.get(CODE).status_code == 200
    session = client.session
    session["second_factor_waiting"]["until"] -= visits.LIFETIME.total_seconds()
    session.save()
    assert client.get(CODE).headers["Location"] == LOGIN


def test_a_password_changed_meanwhile_is_not_enough(boss: User) -> None:
    secret, _ = set_up(boss)
    client, _ = password(boss)
    boss.set_password("an entirely new pass phrase 43")
    boss.save()
    assert client.post(CODE, {"code": app_code(secret)}).headers["Location"] == LOGIN


def test_another_user_can_log_in_instead(boss: User) -> None:
    set_up(boss)
    client, _ = password(boss)
    assert client.get("/admin/login/leave/").status_code == 405
    client.post("/admin/login/leave/")
    assert client.get(CODE).headers["Location"] == LOGIN


# --- guessing ---


def test_wrong_codes_are_counted(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_code": (3, 900, 3)}
    secret, codes = set_up(boss)
    client, _ = password(boss)
    for code in (WRONG, "000000", "aaaa-aaaa"):
        client.post(CODE, {"code": code})
    assert "Too many requests" in text(client.post(CODE, {"code": app_code(secret)}))
    assert "Too many requests" in text(client.post(CODE, {"code": codes[0]}))
    assert not is_in(client)


def test_giving_the_password_again_does_not_clear_the_count(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_code": (2, 900, 2)}
    secret, _ = set_up(boss)
    for _ in range(2):
        client, _ = password(boss)
        client.post(CODE, {"code": WRONG})
    client, _ = password(boss)
    client.post(CODE, {"code": app_code(secret)})
    assert not is_in(client)


def test_a_success_clears_the_count(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_code": (1, 900, 1)}
    _, codes = set_up(boss)
    for code in codes[:3]:
        entered(boss, code)


def test_the_code_limit_cannot_be_used_up_without_the_password(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_account": (1, 900, 1)}
    secret, _ = set_up(boss)
    client, _ = password(boss)
    assert [log_in(boss, password="wrong").status_code for _ in range(2)] == [401, 429]
    client.post(CODE, {"code": app_code(secret)})
    assert is_in(client)


def test_attempts_from_one_network_are_limited(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_address": (1, 900, 1)}
    secret, _ = set_up(boss)
    client, _ = password(boss)
    assert "Too many requests" in text(client.post(CODE, {"code": app_code(secret)}))


# --- the API's login ---


def log_in(user: User, **sent: str) -> Any:
    return post("/auth/login", {"email": user.email, "password": PASSWORD, **sent})


def test_the_api_asks_for_the_code_after_the_password(boss: User) -> None:
    secret, _ = set_up(boss)
    assert code_of(log_in(boss)) == "SECOND_FACTOR_REQUIRED"
    assert code_of(log_in(boss, code="000000")) == "UNAUTHORIZED"
    token = log_in(boss, code=app_code(secret)).json()["token"]
    assert get("/background-remover/admin/stats", auth=f"Bearer {token}").status_code == 200
    wrong = log_in(boss, password="wrong", code=app_code(secret, LATER))
    assert error(wrong)["message"] == error(log_in(boss, password="wrong"))["message"]


def test_the_api_counts_wrong_codes(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_code": (3, 900, 3)}
    secret, _ = set_up(boss)
    statuses = [log_in(boss, code=WRONG).status_code for _ in range(3)]
    assert statuses == [401, 401, 401]
    assert log_in(boss, code=app_code(secret)).status_code == 429


def test_the_api_says_where_to_set_it_up(boss: User, settings: Any) -> None:
    settings.STAFF_2FA_REQUIRED = True
    answer = log_in(boss)
    assert answer.status_code == 403
    assert "operators' pages" in error(answer)["message"]


# --- changing the password, which opens a login too ---


def change_password(user: User, **sent: str) -> Any:
    key = api_key_for(user, scopes=[Scope.ACCOUNT_WRITE])
    given = {"currentPassword": PASSWORD, "newPassword": "an entirely new pass phrase 43"}
    return post("/auth/password/change", {**given, **sent}, **{"X-API-Key": key})


def test_key_and_password_open_no_login_without_the_code(boss: User) -> None:
    secret, _ = set_up(boss)
    assert code_of(change_password(boss)) == "SECOND_FACTOR_REQUIRED"
    assert code_of(change_password(boss, code="000000")) == "UNAUTHORIZED"
    assert User.objects.get().check_password(PASSWORD)
    User.objects.get().api_keys.all().delete()
    assert change_password(boss, code=app_code(secret)).status_code == 200


def test_the_old_password_does_not_clear_the_count_of_wrong_codes(
    boss: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_code": (1, 900, 1)}
    secret, _ = set_up(boss)
    log_in(boss, code=WRONG)
    change_password(boss)
    assert log_in(boss, code=app_code(secret)).status_code == 429


def test_an_api_key_cannot_open_a_login_where_a_second_factor_is_required(
    boss: User, settings: Any
) -> None:
    settings.STAFF_2FA_REQUIRED = True
    assert change_password(boss).status_code == 403
    assert User.objects.get().check_password(PASSWORD)
