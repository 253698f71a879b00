"""`GET /billing/credits`."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.debts import services as debts
from billing.models import Account
from common.http.auth import Scope
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.billing.factories import hold_for, user_with

pytestmark = pytest.mark.django_db

URL = "/v1/billing/credits"


@pytest.fixture
def owner() -> User:
    user = user_with(50)
    hold_for(user, 15)
    return user


def get(client: Client, user: User, url: str = URL) -> Any:
    return client.get(url, headers={"Authorization": bearer(user)})


@pytest.mark.parametrize("url", [URL, URL + "/", "/api/billing/credits"])
def test_the_owner_sees_balance_and_prices(client: Client, owner: User, url: str) -> None:
    answer = get(client, owner, url)
    assert answer.status_code == 200
    assert answer.json()["data"] == {
        "available": 35,
        "held": 15,
        "owed": 0,
        "currency": "IDR",
        "pricePerCredit": 100,
        "creditsPerImage": {"basic": 3, "standard": 8, "professional": 15, "industry": 25},
    }


def test_a_debt_is_shown_until_it_is_paid(client: Client, owner: User) -> None:
    account, now = Account.objects.get(user=owner), timezone.now()
    debts.take_back(
        account_id=account.pk, credits=60, key="r:1", reason="Refund", reference="order_1", now=now
    )
    data = get(client, owner).json()["data"]
    assert (data["available"], data["owed"]) == (0, 25)


@pytest.mark.parametrize("staff", [False, True])
def test_others_see_their_own(client: Client, owner: User, staff: bool) -> None:
    data = get(client, UserFactory(is_staff=staff)).json()["data"]
    assert (data["available"], data["held"]) == (0, 0)


def test_strangers_must_log_in(client: Client) -> None:
    answer = client.get(URL)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


def test_a_key_needs_the_scope(client: Client, owner: User) -> None:
    allowed = api_key_for(owner, [Scope.BILLING_READ])
    denied = api_key_for(owner, [Scope.REMOVAL_WRITE, Scope.BILLING_WRITE])
    assert client.get(URL, headers={"X-API-Key": allowed}).status_code == 200
    answer = client.get(URL, headers={"X-API-Key": denied})
    assert answer.status_code == 403
    assert answer.json()["error"]["details"]["requiredScope"] == "billing:read"


def test_other_methods_than_get_are_refused(client: Client, owner: User) -> None:
    answer = client.post(URL, headers={"Authorization": bearer(owner)})
    assert answer.status_code == 405
