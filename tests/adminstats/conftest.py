"""A client for each actor; staff here has every permission, as `createsuperuser` makes them."""

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.factories import UserFactory
from tests.removal.conftest import api, client_of, media, owner, stranger

__all__ = ["api", "media", "owner", "stranger"]


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def staff(boss: User) -> Client:
    return client_of(boss)


@pytest.fixture
def helper(db: None) -> Client:
    """Staff without any permission."""
    return client_of(UserFactory(is_staff=True))
