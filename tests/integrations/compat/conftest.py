"""Pictures lie in a folder of each test's own."""

import pytest

from accounts.models import User
from tests.integrations.compat.node_packages import node_packages
from tests.removal.conftest import media, stored
from tests.removal.factories import customer

__all__ = ["media", "node_packages", "stored"]


@pytest.fixture
def owner(db: None) -> User:
    return customer()
