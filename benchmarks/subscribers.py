"""`python -m benchmarks.subscribers`: many clients subscribe to one batch, one of which reads
nothing.

The service runs as `bin/up` starts it. A batch of small pictures is started over HTTP; every client
subscribes over the WebSocket before it ends. The batch ends at the moment that the settlement
stores (`completed_at`, read from the database afterwards); each client records when its `completed`
arrived, by the clock of the same machine.
"""

import argparse
import asyncio
import io
import json
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil
import urllib3
from PIL import Image, ImageDraw
from websockets.asyncio.client import ClientConnection, connect

from benchmarks import stand
from sandbox import application

PATH = "/v1/background-remover"
CROWD = 50


@dataclass(frozen=True)
class Seen:
    """The time at which a client saw the end (Unix seconds), and the number of states before it."""

    at: float
    states: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--images", type=int, default=120)
    arguments = parser.parse_args()
    settings = {
        "SOCKETS_PER_USER": str(2 * arguments.clients),
        "RATE_LIMIT_BATCH_START": stand.UNLIMITED,
        # A connection that was accepted before the others keeps its place, even if the check is
        # late.
        "SOCKET_RECHECK_S": "60",
    }
    with stand.running(settings=settings) as service:
        before = _web_memory(service)
        batch_id, seen, took, during = asyncio.run(_watch(service, arguments))
        truth = _completed_at(service, batch_id)
    late = sorted(one.at - truth for one in seen)
    states = [one.states for one in seen]
    print(
        f"{len(seen)} of {arguments.clients} clients saw the end of a batch of {arguments.images} "
        f"images: after it was true p50 {statistics.median(late):.2f} s, "
        f"p95 {late[int(len(late) * 0.95)]:.2f} s, last {late[-1]:.2f} s; states before it: "
        f"{min(states)}-{max(states)}; all were subscribed within {took:.1f} s of the first "
        f"connection; web processes {before:.0f} -> {during:.0f} MB RSS together; one more client "
        "read nothing",
        flush=True,
    )


async def _watch(
    service: stand.Stand, arguments: argparse.Namespace
) -> tuple[str, Sequence[Seen], float, float]:
    address = f"{service.url.replace('http:', 'ws:')}{PATH}/ws"
    batch_id = await asyncio.to_thread(_start, service, arguments.images)
    stalled = await asyncio.to_thread(_stalled, address, service.api_key, batch_id)
    began = time.monotonic()
    gate = asyncio.Semaphore(CROWD)
    subscribed = asyncio.Barrier(arguments.clients + 1)
    clients = [
        asyncio.create_task(_client(address, service.api_key, batch_id, gate, subscribed))
        for _ in range(arguments.clients)
    ]
    await subscribed.wait()
    took = time.monotonic() - began
    during = _web_memory(service)
    seen = await asyncio.gather(*clients)
    stalled.close()
    return batch_id, seen, took, during


async def _client(
    address: str, key: str, batch_id: str, gate: asyncio.Semaphore, subscribed: asyncio.Barrier
) -> Seen:
    async with gate:
        socket = await connect(address, compression=None, open_timeout=60).__aenter__()
        await socket.send(json.dumps({"type": "auth", "token": key}))
        await socket.send(json.dumps({"type": "subscribe", "batchId": batch_id}))
        await _hear(socket, "subscribed")
    await subscribed.wait()
    states = 0
    while (await _hear(socket, "progress", "completed"))["type"] == "progress":
        states += 1
    at = time.time()
    await socket.close()
    return Seen(at=at, states=states)


async def _hear(socket: ClientConnection, *kinds: str) -> Any:
    while True:
        message = json.loads(await socket.recv())
        if message["type"] == "error":
            raise SystemExit(f"refused: {message}")
        if message["type"] in kinds:
            return message


def _stalled(address: str, key: str, batch_id: str) -> socket.socket:
    """A client that subscribes and then never reads, with the smallest possible receive buffer."""
    parts = urlsplit(address)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    client.connect((parts.hostname or "", parts.port or 80))
    request = (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-API-Key: {key}\r\n\r\n"
    )
    client.sendall(request.encode())
    body = json.dumps({"type": "subscribe", "batchId": batch_id}).encode()
    # The client sends one text frame, masked with zeros, because clients must mask.
    client.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)
    return client


def _start(service: stand.Stand, images: int) -> str:
    photo = _picture()
    fields: list[tuple[str, Any]] = [("tier", "basic")]
    fields += [("images", (f"{n}.jpg", photo, "image/jpeg")) for n in range(images)]
    answer = urllib3.request(
        "POST",
        f"{service.url}{PATH}/batch",
        fields=fields,
        headers={"X-API-Key": service.api_key},
        timeout=120,
    )
    if answer.status != 201:
        raise SystemExit(f"{answer.status}: {answer.data[:300]!r}")
    batch_id: str = answer.json()["data"]["batchId"]
    return batch_id


def _picture() -> bytes:
    picture = Image.radial_gradient("L").resize((640, 480)).convert("RGB")
    ImageDraw.Draw(picture).ellipse((160, 90, 480, 390), fill=(220, 60, 30))
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def _completed_at(service: stand.Stand, batch_id: str) -> float:
    code = (
        "from batches.models import Batch;"
        f"print(Batch.objects.get(public_id={batch_id!r}).completed_at.timestamp())"
    )
    shell = ("shell", "--no-imports", "-c", code)
    printed = service.supervisor.task(application.manage("look", *shell, env=service.env))
    return float(printed.strip().splitlines()[-1])


def _web_memory(service: stand.Stand) -> float:
    """The memory of the web server's processes together, in megabytes."""
    parent = psutil.Process(service.supervisor.process("web").pid)
    return sum(one.memory_info().rss for one in parent.children(recursive=True)) / 1e6


if __name__ == "__main__":
    main()
