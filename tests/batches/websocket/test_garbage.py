"""Whatever a client sends, it gets a typed error."""

import asyncio
import logging
from typing import Any

import pytest

from batches.websocket import requests, session
from common.http.errors import ApiError
from tests.batches.websocket.client import connected

DEEP = "[" * 2000


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "INVALID_INPUT"), ("{", "INVALID_INPUT"), ("null", "INVALID_INPUT"),
     ("[]", "INVALID_INPUT"), ("7", "INVALID_INPUT"), ('"auth"', "INVALID_INPUT"),
     (DEEP, "INVALID_INPUT"), ("\0", "INVALID_INPUT"), ('{"type":"' + "x" * 5000, "INVALID_INPUT"),
     ("{}", "MISSING_REQUIRED_FIELD"), ('{"type":7}', "INVALID_INPUT"),
     ('{"type":"dance"}', "INVALID_INPUT"), ('{"type":"auth"}', "MISSING_REQUIRED_FIELD"),
     ('{"type":"auth","token":{}}', "INVALID_INPUT"),
     ('{"type":"auth","token":""}', "INVALID_INPUT"),
     ('{"type":"subscribe"}', "MISSING_REQUIRED_FIELD"),
     ('{"type":"subscribe","batchId":1}', "INVALID_INPUT"),
     ('{"type":"subscribe","batchId":"\\u0000"}', "INVALID_INPUT"),
     ('{"type":"subscribe","batchId":"\\ud800"}', "INVALID_INPUT"),
     ('{"type":"subscribe","batchId":"../x"}', "INVALID_INPUT"),
     ('{"type":"unsubscribe","batchId":["a"]}', "INVALID_INPUT"), (None, "INVALID_INPUT")],
)  # fmt: skip
def test_each_mistake_has_its_code(text: str | None, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        requests.parse(text)
    assert caught.value.code == code


def test_an_unknown_type_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ApiError) as caught:
        requests.parse('{"type":"dance"}')
    assert caught.value.details == {
        "field": "type",
        "allowed": ["auth", "subscribe", "unsubscribe", "ping"],
    }


def test_the_socket_survives_all_of_it(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with connected() as client:
            for text in ("{", DEEP, "7", '{"type":"dance"}', '{"type":"subscribe","batchId":"x"}'):
                await client.raw(text)
                assert (await client.receive())["type"] == "error"
            await client.raw(data=b"\xff\x00")
            assert (await client.receive())["error"] == "Messages are JSON text, not binary"
            assert (await client.ask(type="ping"))["type"] == "pong"

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert not caplog.records


def test_too_many_messages_close_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MESSAGES_BURST", 3)
    monkeypatch.setattr(session, "MESSAGES_PER_S", 0.001)

    async def scenario() -> None:
        async with connected() as client:
            for _ in range(3):
                assert (await client.ask(type="ping"))["type"] == "pong"
            answer: Any = await client.ask(type="ping")
            assert answer["code"] == "RATE_LIMIT_EXCEEDED"
            assert await client.close_code() == 4429

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["/", "/v1/background-remover/other", "/v2/background-remover/ws"])
def test_no_socket_is_opened_elsewhere(path: str) -> None:
    async def scenario() -> None:
        with pytest.raises(AssertionError):
            async with connected(path=path):
                pass

    asyncio.run(scenario())
