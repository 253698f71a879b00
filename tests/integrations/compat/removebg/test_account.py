"""GET /v1.0/account: exactly the fields that a strict client reads."""

import pytest
from django.test import Client

from accounts.models import User
from tests.billing.factories import subscription_for
from tests.integrations.compat.removebg.calls import client_of, post
from tests.removal.factories import customer

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/v1.0/account"


def credits_of(client: Client) -> dict[str, float]:
    attributes = client.get(URL).json()["data"]["attributes"]
    assert set(attributes) == {"credits", "api"}
    assert set(attributes["api"]) == {"free_calls", "sizes"}
    assert set(attributes["credits"]) == {"total", "subscription", "payg", "enterprise"}
    credits: dict[str, float] = attributes["credits"]
    return credits


def test_credits_go_down_with_each_image(owner: User) -> None:
    client = client_of(owner)
    assert credits_of(client)["total"] == 100
    post(client)
    assert credits_of(client) == {"total": 97, "subscription": 0, "payg": 97, "enterprise": 0}


def test_images_of_a_plan_count(owner: User) -> None:
    subscription_for(owner, plan="starter")
    found = credits_of(client_of(owner))
    assert (found["subscription"], found["total"]) == (50, 150)


def test_everybody_sees_their_own(owner: User) -> None:
    assert credits_of(client_of(customer(7)))["payg"] == 7
    assert credits_of(client_of(owner))["payg"] == 100
