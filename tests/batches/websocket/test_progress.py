"""Notifications of changes of a batch, to the sockets that watch it."""

import asyncio
import logging
from typing import Any

import pytest
from channels.layers import get_channel_layer

from batches.websocket.notify import changed, group_of


def test_a_change_is_sent_to_the_group_of_the_batch() -> None:
    async def scenario() -> Any:
        layer: Any = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(group_of(7), channel)
        await asyncio.to_thread(changed, batch_id=7)
        return await asyncio.wait_for(layer.receive(channel), 10)

    assert asyncio.run(scenario()) == {"type": "batch.changed", "batch_id": 7}


def test_it_never_raises(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with caplog.at_level(logging.WARNING):
        changed(batch_id=7)
    assert "the change of batch 7 was not published" in caplog.text
