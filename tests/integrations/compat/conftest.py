"""Pictures lie in a folder of each test's own."""

import pytest

from accounts.models import User
from tests.removal.conftest import media, stored
from tests.removal.factories import customer

__all__ = ["media", "stored"]


@pytest.fixture
def owner(db: None) -> User:
    return customer()
