from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.common.urls"


@pytest.fixture
def valkey(_valkey: Any) -> Any:
    """A client of the server that the tests share; it is emptied before each test."""
    return _valkey
