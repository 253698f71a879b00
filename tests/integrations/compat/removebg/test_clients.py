"""Requests of published clients, replayed over the wire, and what they read in the answers."""

import base64
import http.client
import io
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from config.asgi import application
from tests.accounts.factories import api_key_for
from tests.common.test_asgi import running
from tests.integrations.compat.removebg import recorded
from tests.removal.factories import blank, customer, photo, working
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(db: None) -> Iterator[int]:
    with running(application) as port, working():
        yield port


def send(port: int, request: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


@pytest.mark.parametrize("make", [recorded.python_file, recorded.python_base64])
def test_the_python_client_gets_a_picture(
    port: int, owner: User, make: Callable[[str, bytes], bytes]
) -> None:
    answer, body = send(port, make(api_key_for(owner), photo()))
    assert answer.status == 200
    assert Image.open(io.BytesIO(body)).size == (96, 64)


@pytest.mark.parametrize("make", [recorded.node_file, recorded.node_base64])
def test_the_node_client_gets_json_and_its_headers(
    port: int, owner: User, make: Callable[[str, bytes], bytes]
) -> None:
    answer, body = send(port, make(api_key_for(owner), photo()))
    assert answer.status == 200, body
    picture = base64.b64decode(json.loads(body)["data"]["result_b64"])
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    assert answer.headers["x-credits-charged"] == "3.0"
    assert answer.headers["x-type"] == "other"
    for name in ("x-width", "x-height", "x-ratelimit-limit", "x-ratelimit-remaining"):
        assert int(answer.headers[name]) > 0
    assert int(answer.headers["x-ratelimit-reset"]) > 1_700_000_000
    assert ledger.balance(user_id=owner.pk).available == 97


def test_removd_gets_a_picture_and_its_account(port: int, owner: User) -> None:
    key = api_key_for(owner)
    answer, body = send(port, recorded.removd_file(key, photo()))
    assert answer.status == 200, body
    assert Image.open(io.BytesIO(body)).format == "PNG"
    assert (answer.headers["content-type"], answer.headers["x-width"]) == ("image/png", "96")
    assert int(answer.headers["content-length"]) == len(body)
    answer, body = send(port, recorded.removd_account(key))
    assert json.loads(body)["data"]["attributes"]["credits"]["total"] == 97.0


@pytest.mark.parametrize("make", [recorded.python_address, recorded.node_address])
def test_both_clients_name_an_address(
    port: int, owner: User, settings: Settings, make: Callable[[str, str], bytes]
) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(body=photo())) as server:
        answer, _ = send(port, make(api_key_for(owner), f"{server.url}/a.jpg"))
    assert answer.status == 200


def first_error(port: int, request: bytes) -> tuple[int, Any]:
    answer, body = send(port, request)
    return answer.status, json.loads(body)["errors"][0]


@pytest.mark.parametrize("make", [recorded.python_file, recorded.node_file])
def test_their_users_read_why_it_failed(
    port: int, owner: User, make: Callable[[str, bytes], bytes]
) -> None:
    status, error = first_error(port, make("wrong", photo()))
    assert (status, error["title"]) == (403, "API Key invalid")
    status, error = first_error(port, make(api_key_for(customer(0)), photo()))
    assert (status, error["title"]) == (402, "Insufficient credits")
    status, error = first_error(port, make(api_key_for(owner), blank()))
    assert (status, error["code"]) == (400, "unknown_foreground")
