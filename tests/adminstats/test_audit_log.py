"""The operators' log: its entries, and that they cannot change."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import ApiKey, User
from common.http.request_id import request_id
from common.models import OperatorAction
from common.operators import audit_log
from removal.models import Job
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for
from tests.removal.factories import customer, queued, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def site(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def act(site: Client, path: str, action: str, *keys: Any) -> str:
    chosen = {"action": action, "_selected_action": list(keys)}
    return site.post(f"/admin/{path}/", chosen, follow=True).content.decode()


def test_an_entry_has_actor_action_time_and_reason(boss: User) -> None:
    user = UserFactory()
    with request_id("req_7"):
        audit_log.record(
            operator=boss,
            action="user.change",
            target=user,
            before={"is_active": True},
            after={"is_active": False},
            reason="Asked for it",
        )
    line = OperatorAction.objects.get()
    assert (line.operator_id, line.operator) == (boss.pk, boss.public_id)
    assert (line.object_type, line.object_id) == ("accounts.user", user.public_id)
    assert (line.before, line.after) == ({"is_active": True}, {"is_active": False})
    assert (line.reason, line.request_id) == ("Asked for it", "req_7")
    assert isinstance(line.at, datetime)


def test_keeps_neither_addresses_nor_secrets(boss: User) -> None:
    after = {"email": "a@example.com", "password1": "x", "webhook_url": "https://a", "name": "b"}
    audit_log.record(operator=boss, action="user.change", after=after)
    assert OperatorAction.objects.get().after == {
        "email": "(changed)",
        "password1": "(changed)",
        "webhook_url": "(changed)",
        "name": "b",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE common_operatoraction SET reason = 'other'",
        "DELETE FROM common_operatoraction",
    ],
)
def test_entries_can_be_neither_changed_nor_removed(boss: User, statement: str) -> None:
    audit_log.record(operator=boss, action="job.cancel")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert OperatorAction.objects.get().reason == ""


def test_can_be_read_and_searched_but_not_edited(site: Client, boss: User) -> None:
    user = UserFactory()
    line = audit_log.record(operator=boss, action="user.change", target=user)
    url = "/admin/common/operatoraction/"
    for term in (line.public_id, boss.public_id, "user.change"):
        assert user.public_id in site.get(url, {"q": term}).content.decode()
    assert user.public_id not in site.get(url, {"q": "job.cancel"}).content.decode()
    page = site.get(f"{url}{line.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert site.get(f"{url}add/").status_code == 403
    assert site.post(f"{url}{line.pk}/delete/", {"post": "yes"}).status_code == 403


def test_deactivating_a_user_is_written_down(site: Client) -> None:
    user = UserFactory()
    body = {"email": user.email, "is_staff": "on"}
    site.post(f"/admin/accounts/user/{user.pk}/change/", body)
    line = OperatorAction.objects.get()
    assert (line.action, line.object_id) == ("user.change", user.public_id)
    assert (line.before["is_active"], line.after["is_active"]) == (True, False)
    assert (line.before["is_staff"], line.after["is_staff"]) == (False, True)


def test_adding_a_user_writes_no_secret_down(site: Client) -> None:
    body = {
        "email": "added@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    site.post("/admin/accounts/user/add/", body)
    line = OperatorAction.objects.get()
    assert line.action == "user.add"
    assert PASSWORD not in str(line.after)
    assert "added@" not in str(line.after)


def test_a_password_set_by_an_operator_is_written_down(site: Client) -> None:
    user = UserFactory()
    body = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    site.post(f"/admin/accounts/user/{user.pk}/password/", body)
    assert [line.action for line in OperatorAction.objects.all()] == ["user.set_password"]


def test_revoking_a_key_is_written_down_once(site: Client) -> None:
    api_key_for(UserFactory())
    key = ApiKey.objects.get()
    act(site, "accounts/apikey", "revoke", key.pk)
    act(site, "accounts/apikey", "revoke", key.pk)
    line = OperatorAction.objects.get()
    assert (line.action, line.object_id) == ("api_key.revoke", key.public_id)


def test_only_completed_actions_are_logged(site: Client) -> None:
    user = customer()
    waiting, done = queued(user), row(user)
    page = act(site, "removal/job", "cancel", waiting.pk, done.pk)
    assert f"{done.public_id}: The job is completed" in page
    [line] = OperatorAction.objects.all()
    assert (line.action, line.object_id) == ("job.cancel", waiting.public_id)


def test_a_retry_names_the_new_job(site: Client) -> None:
    failed = queued(customer())
    Job.objects.filter(pk=failed.pk).update(
        status="failed", error_code="INTERNAL_ERROR", completed_at=failed.created_at
    )
    act(site, "removal/job", "retry", failed.pk)
    again = Job.objects.get(status="queued")
    assert OperatorAction.objects.get().after == {"made": again.public_id}


def test_entries_can_be_found_by_the_affected_user(site: Client, boss: User) -> None:
    user = UserFactory()
    line = audit_log.record(operator=boss, action="user.change", target=user)
    page = site.get("/admin/common/operatoraction/", {"q": user.public_id})
    assert [found.pk for found in page.context["cl"].result_list] == [line.pk]


def test_the_list_says_how_an_act_ended(site: Client, boss: User) -> None:
    for after in ({"outcome": "refused"}, {}):
        audit_log.record(operator=boss, action="subscription.cancel", after=after)
    page = site.get("/admin/common/operatoraction/").content.decode()
    assert re.findall(r"field-outcome[^>]*>\s*(\w+)", page) == ["done", "refused"]


def test_groups_are_named(site: Client) -> None:
    user, group = UserFactory(is_staff=True), Group.objects.create(name="Support")
    body = {"email": user.email, "is_active": "on", "is_staff": "on", "groups": [group.pk]}
    site.post(f"/admin/accounts/user/{user.pk}/change/", body)
    assert OperatorAction.objects.get().after == {"groups": [str(group.pk)]}


def test_settings_rows_are_written_down(site: Client) -> None:
    body = {"name": "Big", "slug": "big", "credits": 100, "price_idr": 90000, "position": 9}
    page = site.post("/admin/billing/creditpack/add/", body)
    assert page.status_code == 302
    line = OperatorAction.objects.get()
    assert (line.action, line.after["credits"]) == ("creditpack.add", 100)
