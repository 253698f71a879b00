"""A real receiver on loopback, and the actors."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.factories import UserFactory, bearer
from tests.removal.server import Reply, Server, serving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Server]:
    """Answers 200 unless a test replaces `answer`."""
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(200, b"ok")) as server:
        yield server


@pytest.fixture
def owner(db: None) -> User:
    return UserFactory()


@pytest.fixture
def api(owner: User) -> Client:
    return Client(headers={"authorization": bearer(owner)})


@pytest.fixture
def stranger(db: None) -> Client:
    return Client(headers={"authorization": bearer(UserFactory())})


@pytest.fixture
def staff(db: None) -> Client:
    return Client(headers={"authorization": bearer(UserFactory(is_staff=True))})
