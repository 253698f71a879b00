"""The reference partner application over real HTTP, and the actors."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integrations.models import Partner
from integrations.partners import client, connections
from sandbox import partner as sandbox
from sandbox.ports import reserve
from tests.removal.conftest import api, media, owner, staff, stored, stranger
from tests.removal.server import Reply, Seen, Server, serving

__all__ = ["api", "media", "owner", "staff", "stored", "stranger"]

TOKEN = "token-of-the-partner"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture(autouse=True)
def closed_circuits() -> None:
    client.reset_breakers()


@pytest.fixture
def app() -> Iterator[sandbox.Server]:
    """The application, in a thread."""
    server = sandbox.Server(reserve(), sandbox.State(token=TOKEN, webhook_secret=SECRET))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def connected(slug: str, url: str, **fields: Any) -> Partner:
    """The partner, connected at a local address."""
    return connections.connect(
        **{
            "slug": slug,
            "base_url": url,
            "token": TOKEN,
            "webhook_secret": SECRET,
            "discount_percentage": 0,
            "allowed_hosts": [],
            "allow_private": True,
            **fields,
        }
    )


@pytest.fixture
def connect(app: sandbox.Server, db: None) -> Callable[..., Partner]:
    """`connect(slug, discount_percentage=10)` connects the application as that partner."""
    url = f"http://127.0.0.1:{app.server_address[1]}"
    return lambda slug, **fields: connected(slug, url, **fields)


@contextmanager
def misbehaving(slug: str, answer: Callable[[Seen], Reply]) -> Iterator[Server]:
    """A partner that answers as a test says."""
    with serving(answer) as server:
        connected(slug, server.url)
        yield server
