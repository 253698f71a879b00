"""Set-up, replacement and loss of a second factor, and the setting that requires one."""

import json
import logging
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.credentials import resolve_session
from accounts.errors import WrongCode
from accounts.mail import SecondFactorChange
from accounts.models import User
from accounts.second_factor import services, visits
from common.http.errors import InvalidToken
from common.models import OperatorAction
from tests.accounts.codes import (
    CODE,
    DEVICE,
    LOGIN,
    WRONG,
    app_code,
    boss,
    clock,
    entered,
    is_in,
    password,
    set_up,
    shown_codes,
    shown_secret,
    text,
)
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import get, post, run_mails

__all__ = ["boss", "clock"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_setting_up_needs_a_code_of_the_shown_secret(boss: User) -> None:
    client, _ = password(boss)
    secret = shown_secret(client)
    assert "<svg" in text(client.get(DEVICE))
    client.post(DEVICE, {"act": "set-up", "code": app_code(services.new_secret())})
    assert not TOTPDevice.objects.exists()
    assert shown_secret(client) == secret
    codes = shown_codes(client.post(DEVICE, {"act": "set-up", "code": app_code(secret)}))
    assert len(set(codes)) == services.RECOVERY_CODES
    assert is_in(client)
    assert is_in(entered(boss, codes[3]))


def test_pages_with_secrets_are_not_cached(boss: User) -> None:
    client, _ = password(boss)
    secret = shown_secret(client)
    codes_page = client.post(DEVICE, {"act": "set-up", "code": app_code(secret)})
    for answer in (codes_page, client.get(DEVICE), password(boss)[0].get(CODE)):
        assert "no-store" in answer.headers["Cache-Control"]


def test_other_sites_cannot_send_the_forms(boss: User) -> None:
    client, _ = password(boss)
    client.handler.enforce_csrf_checks = True
    for page in (CODE, DEVICE, "/admin/login/leave/"):
        assert client.post(page, {"act": "cancel"}).status_code == 403


def test_neither_secret_nor_codes_are_shown_again(boss: User) -> None:
    secret, codes = set_up(boss)
    client = entered(boss, app_code(secret))
    spelled = services.spelled(TOTPDevice.objects.get())
    for address in (DEVICE, "/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{boss.pk}/"):
        page = text(client.get(address, follow=True))
        for hidden in (
            secret,
            spelled,
            spelled.replace(" ", ""),
            *codes,
            codes[0].replace("-", ""),
        ):
            assert hidden not in page
    assert not {TOTPDevice, StaticDevice, StaticToken} & set(admin.site._registry)


def test_other_logins_end(boss: User) -> None:
    token = bearer(boss)
    browser, _ = password(boss)
    key = api_key_for(boss)
    set_up(boss)
    assert get("/auth/me", auth=token).status_code == 401
    assert browser.get("/admin/", follow=True).redirect_chain[-1][0].startswith(LOGIN)
    assert get("/auth/me", client=browser).status_code == 401
    with pytest.raises(InvalidToken):
        resolve_session(browser.session.session_key or "")
    assert get("/auth/me", **{"X-API-Key": key}).status_code == 200


def test_another_device_replaces_the_first(boss: User) -> None:
    secret, codes = set_up(boss)
    client = entered(boss, app_code(secret))
    client.post(DEVICE, {"act": "replace", "code": "000000"})
    assert 'id="secret"' not in text(client.get(DEVICE))
    client.post(DEVICE, {"act": "replace", "code": codes[0]})
    fresh = shown_secret(client)
    client.post(DEVICE, {"act": "set-up", "code": app_code(fresh)})
    assert [device.key for device in TOTPDevice.objects.all()] == [fresh]
    assert is_in(client)
    late, _ = password(boss)
    late.post(CODE, {"code": codes[1]})
    assert not is_in(late)


def test_replacing_can_be_called_off(boss: User) -> None:
    secret, codes = set_up(boss)
    client = entered(boss, app_code(secret))
    client.post(DEVICE, {"act": "replace", "code": codes[0]})
    client.post(DEVICE, {"act": "cancel"})
    assert 'id="secret"' not in text(client.get(DEVICE))
    assert TOTPDevice.objects.get().key == secret


def test_a_code_given_for_replacing_is_good_for_minutes_only(boss: User) -> None:
    secret, codes = set_up(boss)
    client = entered(boss, app_code(secret))
    client.post(DEVICE, {"act": "replace", "code": codes[0]})
    fresh = shown_secret(client)
    session = client.session
    session["second_factor_setup"]["until"] -= visits.LIFETIME.total_seconds()
    session.save()
    client.post(DEVICE, {"act": "set-up", "code": app_code(fresh)})
    assert 'id="secret"' not in text(client.get(DEVICE))
    assert TOTPDevice.objects.get().key == secret


def test_a_device_set_up_meanwhile_is_not_replaced(boss: User) -> None:
    client, _ = password(boss)
    mine = shown_secret(client)
    secret, _ = set_up(boss)
    answer = client.post(DEVICE, {"act": "set-up", "code": app_code(mine)})
    assert answer.headers["Location"] == LOGIN
    assert TOTPDevice.objects.get().key == secret


def test_new_recovery_codes_void_the_old(boss: User) -> None:
    secret, old = set_up(boss)
    client = entered(boss, old[0])
    client.post(DEVICE, {"act": "renew", "code": WRONG})
    assert StaticToken.objects.count() == services.RECOVERY_CODES - 1
    fresh = shown_codes(client.post(DEVICE, {"act": "renew", "code": app_code(secret)}))
    assert len(fresh) == StaticToken.objects.count() == services.RECOVERY_CODES
    assert not set(fresh) & set(old)
    with pytest.raises(WrongCode):
        services.prove(user=boss, code=old[1])


def test_removing_needs_a_code(boss: User) -> None:
    secret, codes = set_up(boss)
    client = entered(boss, codes[0])
    client.post(DEVICE, {"act": "remove", "code": WRONG})
    assert TOTPDevice.objects.exists()
    client.post(DEVICE, {"act": "remove", "code": app_code(secret)})
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    assert is_in(password(boss)[0])


def test_a_new_password_chosen_here_ends_other_logins_and_is_mailed_about(
    boss: User, django_capture_on_commit_callbacks: Any
) -> None:
    secret, _ = set_up(boss)
    token = bearer(boss)
    client, other = entered(boss, app_code(secret)), password(boss)[0]
    new = "an entirely new pass phrase 43"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/admin/password_change/", form).status_code == 302
    assert [message.subject for message in run_mails()][1:] == ["Your Lumiku password was changed"]
    assert is_in(client)
    assert get("/auth/me", auth=token).status_code == 401
    assert other.get(CODE).headers["Location"] == LOGIN


# --- the setting ---


def test_staff_without_a_required_second_factor_are_sent_to_set_it_up(
    boss: User, settings: Any
) -> None:
    settings.STAFF_2FA_REQUIRED = True
    client, _ = password(boss, after="/admin/accounts/user/")
    assert client.get(CODE).headers["Location"] == DEVICE
    assert not is_in(client)
    assert get("/auth/me", client=client).status_code == 401
    secret = shown_secret(client)
    page = text(client.post(DEVICE, {"act": "set-up", "code": app_code(secret)}))
    assert 'href="/admin/accounts/user/"' in page
    assert is_in(client)


def test_earlier_logins_are_sent_there_too(boss: User, settings: Any) -> None:
    token, key = bearer(boss), api_key_for(boss)
    client, _ = password(boss)
    settings.STAFF_2FA_REQUIRED = True
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == DEVICE
    assert client.get("/admin/password_change/").status_code == 302
    assert get("/auth/me", client=client).status_code == 401
    assert get("/auth/me", auth=token).status_code == 403
    assert get("/auth/me", **{"X-API-Key": key}).status_code == 200
    secret = shown_secret(client)
    client.post(DEVICE, {"act": "set-up", "code": app_code(secret)})
    assert is_in(client)


def test_customers_are_not_affected(settings: Any) -> None:
    settings.STAFF_2FA_REQUIRED = True
    customer = UserFactory()
    assert get("/auth/me", auth=bearer(customer)).status_code == 200
    credentials = {"email": customer.email, "password": PASSWORD}
    assert post("/auth/login", credentials).status_code == 200


# --- somebody has lost it ---


def test_a_superuser_resets_the_second_factor_of_others(boss: User) -> None:
    colleague = UserFactory(is_staff=True)
    set_up(colleague)
    token = bearer(colleague)
    client, _ = password(boss)
    body = {"action": "reset_second_factor", "_selected_action": [colleague.pk, boss.pk]}
    client.post("/admin/accounts/user/", body)
    assert not TOTPDevice.objects.exists()
    line = OperatorAction.objects.get(action="second_factor.reset")
    assert (line.operator, line.object_id) == (boss.public_id, colleague.public_id)
    assert get("/auth/me", auth=token).status_code == 401


def test_operators_cannot_reset_their_own(boss: User) -> None:
    secret, _ = set_up(boss)
    client = entered(boss, app_code(secret))
    body = {"action": "reset_second_factor", "_selected_action": [boss.pk]}
    client.post("/admin/accounts/user/", body)
    assert TOTPDevice.objects.exists()


def test_other_staff_cannot_reset_any(boss: User) -> None:
    set_up(boss)
    helper = UserFactory(is_staff=True)
    allowed = Permission.objects.filter(codename__in=("view_user", "change_user"))
    helper.user_permissions.set(allowed)
    client, _ = password(helper)
    body = {"action": "reset_second_factor", "_selected_action": [boss.pk]}
    client.post("/admin/accounts/user/", body)
    assert TOTPDevice.objects.exists()


def test_the_command_resets_it(boss: User) -> None:
    set_up(boss)
    call_command("reset_second_factor", "BOSS@example.com", reason="phone lost", stdout=StringIO())
    assert not TOTPDevice.objects.exists()
    line = OperatorAction.objects.get(action="second_factor.reset")
    assert (line.operator, line.reason) == ("manage.py", "phone lost")
    for name in ("boss@example.com", "nobody@example.com"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)
    assert OperatorAction.objects.filter(action="second_factor.reset").count() == 1


# --- traces ---


def test_the_log_says_what_staff_did(boss: User) -> None:
    secret, codes = set_up(boss)
    services.renew_codes(user=boss, code=codes[0])
    services.remove(user=boss, code=app_code(secret))
    assert list(OperatorAction.objects.order_by("pk").values_list("action", flat=True)) == [
        "second_factor.set_up",
        "second_factor.renew_codes",
        "second_factor.remove",
    ]


def test_the_owner_is_notified_by_mail(boss: User) -> None:
    secret, codes = set_up(boss)
    services.renew_codes(user=boss, code=codes[0])
    services.remove(user=boss, code=app_code(secret))
    set_up(boss)
    services.reset(user=boss, now=timezone.now())
    run_mails()
    assert [message.to for message in mail.outbox] == 5 * [["boss@example.com"]]
    subjects = [str(message.subject).partition(" was ")[2] for message in mail.outbox]
    set_up_, new_codes, removed, reset = SecondFactorChange
    assert subjects == [set_up_, new_codes, removed, set_up_, reset]
    written = "".join(str(message.body) for message in mail.outbox)
    assert secret not in written
    assert codes[0] not in written


def test_recovery_codes_are_kept_as_digests(boss: User) -> None:
    _, codes = set_up(boss)
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert not kept & {form for code in codes for form in (code, code.replace("-", ""))}
    assert {len(code.replace("-", "")) for code in codes} == {16}


def test_no_secret_and_no_code_reaches_a_log(boss: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = password(boss)
    secret = shown_secret(client)
    codes = shown_codes(client.post(DEVICE, {"act": "set-up", "code": app_code(secret)}))
    entered(boss, codes[0])
    password(boss)[0].post(CODE, {"code": "zzzz-zzzz"})
    written = json.dumps([vars(record) for record in caplog.records], default=str)
    for hidden in (secret, services.spelled(TOTPDevice(key=secret)), codes[0], "zzzz-zzzz"):
        assert hidden not in written


def test_deleting_an_account_deletes_the_second_factor(boss: User) -> None:
    set_up(boss)
    boss.delete()
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()


def test_it_is_not_required_by_default() -> None:
    assert settings.STAFF_2FA_REQUIRED is False
