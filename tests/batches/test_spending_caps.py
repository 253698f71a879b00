"""Spending caps of API keys, over the API: singles, batches and retries of batches."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts.models import User
from billing.models import CapPeriod
from billing.spending import services as spending
from billing.spending.services import Cap
from common.http.auth import ALL_SCOPES
from tests.batches.factories import ended
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return customer(1000)


def capped(user: User, credits: int) -> Client:
    """A client with a new API key that may spend so many credits a day."""
    _, secret = accounts.issue_api_key(
        user=user,
        name="capped",
        scopes=ALL_SCOPES,
        cap=Cap(credits, CapPeriod.DAY),
        now=timezone.now(),
    )
    return Client(headers={"X-API-Key": secret})


def single(client: Client) -> Any:
    body = {"image": uploaded(), "tier": "basic", "async": "true"}
    return client.post("/v1/background-remover/remove", body)


def batch(client: Client, images: int = 2) -> Any:
    files = [uploaded(photo((96, 64 + number)), f"{number}.jpg") for number in range(images)]
    return client.post("/v1/background-remover/batch", {"images": files, "tier": "basic"})


def spent(user: User) -> list[int]:
    return [state.spent for state in spending.states(user_id=user.pk).values()]


def is_refused(answer: Any) -> bool:
    return bool(
        answer.status_code == 402 and answer.json()["error"]["code"] == "SPENDING_CAP_REACHED"
    )


def test_singles_count_up_to_the_cap(owner: User) -> None:
    client = capped(owner, 7)
    assert [single(client).status_code for _ in range(2)] == [202, 202]
    assert is_refused(single(client))
    assert spent(owner) == [6]


def test_a_batch_counts_whole(owner: User) -> None:
    client = capped(owner, 10)
    assert batch(client, 3).status_code == 201
    assert is_refused(batch(client, 2))
    assert spent(owner) == [9]


def test_a_batch_beyond_the_cap_stores_no_file(owner: User, stored: Files) -> None:
    assert is_refused(batch(capped(owner, 5)))
    assert list(stored) == []


def test_the_retry_of_a_batch_counts_for_the_key_that_asks_for_it(owner: User) -> None:
    failed = ended(owner, images=3, fail=3)
    url = f"/v1/background-remover/batch/{failed.public_id}/retry"
    assert is_refused(capped(owner, 2).post(url))
    assert capped(owner, 9).post(url).status_code == 201
    assert sorted(spent(owner)) == [0, 9]
