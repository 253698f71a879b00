"""`/billing/settings`: the spending cap of the account, and its threshold of few credits."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import erasure
from billing.mails.credits import notice_low
from billing.models import SpendingCap
from common.http.auth import Scope
from common.mail.models import OutgoingMail
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.accounts.http import call, code, get
from tests.billing.factories import hold_for, user_with

pytestmark = pytest.mark.django_db

URL = "/billing/settings"
CAP = {"credits": 500, "period": "month"}


@pytest.fixture
def owner() -> User:
    return user_with(100)


def change(user: User, **body: Any) -> Any:
    return call("patch", URL, body, auth=bearer(user))


def shown(user: User) -> dict[str, Any]:
    return dict(get(URL, auth=bearer(user)).json()["data"])


def test_at_first_there_is_no_cap_and_the_service_s_threshold() -> None:
    assert shown(UserFactory()) == {
        "spendingCap": None,
        "lowCreditThreshold": 20,
        "isDefaultThreshold": True,
    }


def test_the_owner_sets_a_cap_and_sees_what_is_spent(owner: User) -> None:
    hold_for(owner, 15)
    answer = change(owner, spendingCap=CAP)
    assert answer.status_code == 200
    cap = answer.json()["data"]["spendingCap"]
    assert cap.pop("resetsAt").endswith("T00:00:00Z")
    assert cap == {**CAP, "spent": 15}


def test_null_removes_the_cap(owner: User) -> None:
    change(owner, spendingCap=CAP)
    assert change(owner, spendingCap=None).json()["data"]["spendingCap"] is None


def test_someone_without_any_credits_can_set_a_cap() -> None:
    assert change(UserFactory(), spendingCap=CAP).status_code == 200


@pytest.mark.parametrize("staff", [False, True])
def test_others_change_only_their_own(owner: User, staff: bool) -> None:
    change(UserFactory(is_staff=staff), spendingCap=CAP, lowCreditThreshold=5)
    assert shown(owner)["spendingCap"] is None
    assert shown(owner)["lowCreditThreshold"] == 20


def test_nobody_reads_or_changes_it_without_logging_in() -> None:
    assert get(URL).status_code == call("patch", URL, {"spendingCap": None}).status_code == 401


@pytest.mark.parametrize(
    ("scope", "reads", "changes"),
    [
        (Scope.BILLING_READ, 200, 403),
        (Scope.BILLING_WRITE, 403, 200),
        (Scope.REMOVAL_WRITE, 403, 403),
    ],
)
def test_a_key_needs_the_scope(owner: User, scope: Scope, reads: int, changes: int) -> None:
    auth = f"Bearer {api_key_for(owner, [scope])}"
    assert get(URL, auth=auth).status_code == reads
    changed = call("patch", URL, {"lowCreditThreshold": 1}, auth=auth)
    assert changed.status_code == changes


def test_a_key_with_a_cap_cannot_raise_the_account_s(owner: User) -> None:
    secret = api_key_for(owner)
    [key] = get("/auth/api-keys", auth=bearer(owner)).json()["data"]["apiKeys"]
    call("patch", f"/auth/api-keys/{key['id']}", {"spendingCap": CAP}, auth=bearer(owner))
    refused = call("patch", URL, {"spendingCap": None}, auth=f"Bearer {secret}")
    assert (refused.status_code, code(refused)) == (403, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"spendingCap": {}},
        {"spendingCap": {"credits": 5}},
        {"spendingCap": {"credits": -1, "period": "day"}},
        {"spendingCap": {"credits": 5, "period": "year"}},
        {"spendingCap": {"credits": 5, "period": "day", "more": 1}},
        {"spendingCap": 5},
        {"spendingCap": ""},
        {"lowCreditThreshold": -1},
        {"lowCreditThreshold": "many"},
        {"unknown": 1},
    ],
)
def test_invalid_input_is_refused(owner: User, body: dict[str, Any]) -> None:
    assert change(owner, **body).status_code == 400


def test_the_threshold_decides_when_a_notice_is_sent(owner: User) -> None:
    hold_for(owner, 1)
    assert change(owner, lowCreditThreshold=200).json()["data"]["isDefaultThreshold"] is False
    assert notice_low(now=timezone.now()) == 1
    assert notice_low(now=timezone.now()) == 0
    assert OutgoingMail.objects.get().kind == "billing.credits_low"


def test_a_new_threshold_is_judged_anew(owner: User) -> None:
    hold_for(owner, 1)
    for threshold, notices in ((200, 1), (50, 0), (150, 1)):
        change(owner, lowCreditThreshold=threshold)
        assert notice_low(now=timezone.now()) == notices


def test_a_threshold_of_0_sends_nothing_and_null_is_the_default(owner: User) -> None:
    hold_for(owner, 95)
    change(owner, lowCreditThreshold=0)
    assert notice_low(now=timezone.now()) == 0
    change(owner, lowCreditThreshold=None)
    assert shown(owner)["isDefaultThreshold"] is True
    assert notice_low(now=timezone.now()) == 1


def test_the_cap_goes_with_the_account(owner: User) -> None:
    change(owner, spendingCap=CAP)
    now = timezone.now()
    erasure.erase_account(user=owner, by=owner, reason="", now=now)
    erasure.run()
    assert not SpendingCap.objects.exists()
