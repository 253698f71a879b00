"""POST /admin/users/{id}/credits."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.debts import services as debts
from billing.models import Account, Entry
from common.models import OperatorAction
from tests.accounts.factories import UserFactory, api_key_for
from tests.accounts.http import code, post
from tests.removal.conftest import client_of

pytestmark = pytest.mark.django_db


def send(
    client: Client, user: str, body: Any, url: str = "/v1/admin/users/{}/credits", **headers: str
) -> Any:
    kwargs: dict[str, Any] = {"content_type": "application/json", "headers": headers}
    return client.post(url.format(user), body, **kwargs)


def available(user: User) -> int:
    return ledger.balance(user_id=user.pk).available


@pytest.mark.parametrize(("credits", "left"), [(50, 150), (-100, 0)])
def test_gives_and_takes(staff: Client, boss: User, owner: User, credits: int, left: int) -> None:
    answer = send(staff, owner.public_id, {"credits": credits, "reason": "Goodwill"})
    assert answer.status_code == 201, answer.content
    data = answer.json()["data"]
    entry = Entry.objects.get(kind="adjust")
    assert (data["userId"], data["entryId"]) == (owner.public_id, entry.public_id)
    assert data["balance"] == {"available": left, "held": 0}
    assert (available(owner), entry.actor_id, entry.reason) == (left, boss.pk, "Goodwill")


def test_is_in_the_operators_log(staff: Client, boss: User, owner: User) -> None:
    answer = send(staff, owner.public_id, {"credits": 50, "reason": "Goodwill"})
    line = OperatorAction.objects.get()
    assert (line.operator_id, line.operator, line.action) == (
        boss.pk,
        boss.public_id,
        "credits.adjust",
    )
    assert (line.object_type, line.object_id) == ("accounts.user", owner.public_id)
    assert (line.before["available"], line.after["available"]) == (100, 150)
    assert (line.reason, line.request_id) == ("Goodwill", answer.headers["X-Request-Id"])


def test_the_same_key_gives_once(staff: Client, owner: User) -> None:
    body = {"credits": 50, "reason": "Goodwill"}
    first, again = (
        send(staff, owner.public_id, body, **{"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (available(owner), OperatorAction.objects.count()) == (150, 1)


def test_a_repeated_request_does_not_give_twice(staff: Client, owner: User) -> None:
    from common.models import IdempotencyRecord

    body = {"credits": 50, "reason": "Goodwill"}
    for _ in range(2):
        send(staff, owner.public_id, body, **{"Idempotency-Key": "k"})
        IdempotencyRecord.objects.all().delete()
    assert (available(owner), OperatorAction.objects.count()) == (150, 1)


def test_another_body_under_the_same_key_is_refused(staff: Client, owner: User) -> None:
    send(staff, owner.public_id, {"credits": 50, "reason": "a"}, **{"Idempotency-Key": "k"})
    answer = send(
        staff, owner.public_id, {"credits": 60, "reason": "a"}, **{"Idempotency-Key": "k"}
    )
    assert (answer.status_code, code(answer)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert available(owner) == 150


def test_no_more_can_be_taken_than_is_available(staff: Client, owner: User) -> None:
    answer = send(staff, owner.public_id, {"credits": -101, "reason": "Mistake"})
    assert (answer.status_code, code(answer)) == (402, "INSUFFICIENT_CREDITS")
    assert answer.json()["error"]["details"] == {"required": 101, "available": 100}
    assert (available(owner), OperatorAction.objects.count()) == (100, 0)


def test_debts_are_paid_from_what_is_given(staff: Client, owner: User) -> None:
    account = Account.objects.get(user=owner)
    debts.take_back(
        account_id=account.pk,
        credits=130,
        key="refund:1",
        reason="Refund",
        reference="order_1",
        now=timezone.now(),
    )
    answer = send(staff, owner.public_id, {"credits": 50, "reason": "Goodwill"})
    assert answer.json()["data"]["balance"]["available"] == 20


@pytest.mark.parametrize("user", ["user_nobody", "none", "nobody@example.com"])
def test_an_unknown_user_is_not_found(staff: Client, user: str) -> None:
    assert send(staff, user, {"credits": 5, "reason": "a"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"credits": 0, "reason": "a"}, "INVALID_INPUT"),
        ({"credits": "many", "reason": "a"}, "INVALID_INPUT"),
        ({"credits": 10**9, "reason": "a"}, "INVALID_INPUT"),
        ({"credits": 5, "reason": " "}, "INVALID_INPUT"),
        ({"credits": 5}, "MISSING_REQUIRED_FIELD"),
        ({"reason": "a"}, "MISSING_REQUIRED_FIELD"),
        ({"credits": 5, "reason": "a", "key": "b"}, "INVALID_INPUT"),
        ([], "INVALID_INPUT"),
    ],
)
def test_bad_bodies_are_refused(staff: Client, owner: User, body: Any, expected: str) -> None:
    answer = send(staff, owner.public_id, body)
    assert (answer.status_code, code(answer)) == (400, expected)
    assert available(owner) == 100


@pytest.mark.parametrize(
    "url", ["/v1/admin/users/{}/credits", "/api/background-remover/admin/users/{}/credits/"]
)
def test_only_for_staff_with_the_permission(
    api: Client, stranger: Client, helper: Client, owner: User, url: str
) -> None:
    body = {"credits": 5, "reason": "a"}
    assert send(Client(), owner.public_id, body, url).status_code == 401
    for client in (api, stranger, helper):
        assert send(client, owner.public_id, body, url).status_code == 403
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="adjust_account"))
    assert send(client_of(clerk), owner.public_id, body, url).status_code == 201
    assert available(owner) == 105


def test_a_key_needs_the_scope_too(boss: User, owner: User) -> None:
    weak = {"X-API-Key": api_key_for(boss, scopes=[])}
    path = f"/admin/users/{owner.public_id}/credits"
    assert post(path, {"credits": 5, "reason": "a"}, **weak).status_code == 403
