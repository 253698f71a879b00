"""Servers whose answers a test writes down, and clients that do not wait long between attempts."""

from collections.abc import Iterator

import pytest
from lumiku import BackgroundRemoverClient, RetryPolicy

from tests.sdk import scripted
from tests.sdk.scripted import Scripted

QUICK = RetryPolicy(retries=3, first_wait_s=0.001, longest_wait_s=1.0)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own server and key have no part in the tests."""
    for name in ("LUMIKU_BASE_URL", "LUMIKU_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as found:
        yield found


@pytest.fixture
def elsewhere() -> Iterator[Scripted]:
    with scripted.serving() as found:
        yield found


@pytest.fixture
def client(server: Scripted) -> Iterator[BackgroundRemoverClient]:
    with BackgroundRemoverClient("lk_secret", base_url=server.url, retry=QUICK) as found:
        yield found
