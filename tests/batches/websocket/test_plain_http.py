"""The progress socket's address, asked for without a WebSocket."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/v1/background-remover/ws", "/api/background-remover/ws/"])
def test_a_plain_request_is_answered_with_how_to_open_a_websocket(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 426
    assert answer["Upgrade"] == "websocket"
    assert answer.json()["error"]["code"] == "UPGRADE_REQUIRED"
    assert "wss://" in answer.json()["error"]["message"]
