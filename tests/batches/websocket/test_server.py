"""The socket over the wire: several server processes, and a Valkey that comes and goes."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from batches.websocket.notify import changed
from sandbox.valkey import Valkey
from tests.accounts.factories import UserFactory, bearer
from tests.batches.websocket import server
from tests.batches.websocket.factories import end, end_images, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PATIENCE_S = 30.0


@pytest.fixture
def owner(transactional_db: None) -> User:
    return UserFactory()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def url(django_db_setup: None, folder: Path) -> Iterator[str]:
    with server.web(configured.REDIS_URL, folder) as (found, _):
        yield found


def receive(client: ClientConnection, **wanted: Any) -> Any:
    """The first message with these fields."""
    while True:
        message = json.loads(client.recv(timeout=PATIENCE_S))
        if wanted.items() <= message.items():
            return message


@contextmanager
def watching(url: str, user: User, batch_id: str) -> Iterator[ClientConnection]:
    with connect(url) as client:
        client.send(json.dumps({"type": "auth", "token": bearer(user).partition(" ")[2]}))
        client.send(json.dumps({"type": "subscribe", "batchId": batch_id}))
        receive(client, type="progress")
        yield client


def close_code(client: ClientConnection) -> int:
    """The code that the server closes with, after any messages before it."""
    try:
        while True:
            client.recv(timeout=PATIENCE_S)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_clients_of_every_process_see_each_step_and_the_end(url: str, owner: User) -> None:
    batch = running(owner)
    with ExitStack() as stack:
        clients = [stack.enter_context(watching(url, owner, batch.public_id)) for _ in range(6)]
        end_images(batch, 4)
        changed(batch_id=batch.pk)
        for client in clients:
            receive(client, type="progress", processedImages=4)
        end(batch)
        changed(batch_id=batch.pk)
        for client in clients:
            assert receive(client, type="completed")["zipUrl"]


def test_a_malformed_frame_closes_and_leaves_no_file(url: str, folder: Path) -> None:
    with connect(url, max_size=None) as client:
        client.send("x" * 70_000)
        assert close_code(client) == 1009
    with connect(url) as client:
        client.send(b"\xff\xfe", text=True)
        assert close_code(client) == 1007
    with connect(url) as client:
        client.send(b"\xff\xfe")
        assert receive(client)["code"] == "INVALID_INPUT"
    assert "Traceback" not in (folder / "web.log").read_text()


def test_a_client_sees_the_true_state_after_valkey_is_lost(owner: User, tmp_path: Path) -> None:
    broker = Valkey(tmp_path)
    batch = running(owner)
    with ExitStack() as stack:
        with server.valkey(broker, tmp_path):
            url, web = stack.enter_context(server.web(broker.url, tmp_path))
            client = stack.enter_context(watching(url, owner, batch.public_id))
        end_images(batch, 1)
        receive(client, processedImages=1)
        newcomer = stack.enter_context(watching(url, owner, batch.public_id))
        with server.valkey(broker, tmp_path):
            end_images(batch, 1)
            for one in (client, newcomer):
                receive(one, processedImages=2)
            web.send_signal(signal.SIGTERM)
            assert [close_code(one) for one in (client, newcomer)] == [1012, 1012]
            assert web.wait(PATIENCE_S) == 0
