"""Starting, watching and measuring a batch of a running service, for the benchmarks of batches."""

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import urllib3

from benchmarks import load, photos
from benchmarks.stand import Stand

BATCHES = "/v1/background-remover/batch"
ENDED = ("completed", "failed", "cancelled")
# Access logs are off, so that no measurement waits for the log.
SETTINGS = {"LOG_LEVEL": "WARNING"}
SAMPLE_S = 0.2
MIXED = (1, 2, 3, 4, 6, 8, 12)


def write_photos(folder: Path, count: int, sizes: Sequence[float] = MIXED) -> list[Path]:
    """Write `count` JPEG files, with the given megapixels in turn; few distinct pictures repeat."""
    made = [photos.jpeg(name, size) for size in sizes for name in photos.NAMES]
    photos.forget()
    paths = [folder / f"photo-{number:03d}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(made[number % len(made)])
    return paths


class Customer:
    """The API as one customer uses it."""

    def __init__(self, service: Stand) -> None:
        self._headers = {"X-API-Key": service.api_key}
        self._pool = urllib3.connection_from_url(service.url, timeout=urllib3.Timeout(900))

    def start(self, images: Sequence[Path]) -> str:
        fields: list[Any] = [
            ("images", (path.name, path.read_bytes(), "image/jpeg")) for path in images
        ]
        answer = self._pool.request(
            "POST", BATCHES, fields=[*fields, ("tier", "basic")], headers=self._headers
        )
        if answer.status != 201:
            raise load.Refused(f"{answer.status}: {answer.data[:300]!r}")
        return str(answer.json()["data"]["batchId"])

    def status(self, batch: str) -> dict[str, Any]:
        answer = self._pool.request("GET", f"{BATCHES}/{batch}", headers=self._headers)
        if answer.status != 200:
            raise load.Refused(f"{answer.status}: {answer.data[:300]!r}")
        found: dict[str, Any] = answer.json()["data"]
        return found

    def until_ended(self, batch: str, *, poll_s: float) -> list[float]:
        """Poll until the batch has ended, and return the duration of each request, in seconds."""
        latencies: list[float] = []
        while True:
            began = time.perf_counter()
            found = self.status(batch)
            latencies.append(time.perf_counter() - began)
            if found["status"] in ENDED:
                if found["status"] != "completed" or found["progress"]["failedImages"]:
                    raise load.Refused(f"the batch ended badly: {found}")
                return latencies
            time.sleep(poll_s)


def cpu_seconds(service: Stand) -> float:
    """The CPU time of all processes of the service so far, including those that have ended."""
    total = 0.0
    for process in _everything(service):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass
class Levels:
    """Resident memory in MiB of the processes of one service, sampled."""

    samples: dict[str, list[float]] = field(default_factory=dict)

    def describe(self, name: str) -> str:
        values = self.samples[name]
        quarter = max(1, len(values) // 4)
        first, last = (statistics.median(part) for part in (values[:quarter], values[-quarter:]))
        return f"first quarter {first:.0f}, last quarter {last:.0f}, most {max(values):.0f} MiB"


@contextmanager
def memory(service: Stand, names: Sequence[str]) -> Iterator[Levels]:
    """Samples the resident memory of these services, their children included."""
    levels, stop = Levels({name: [] for name in names}), threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_S):
            for name in names:
                levels.samples[name].append(_resident(service, name))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield levels
    finally:
        stop.set()
        thread.join()


def _resident(service: Stand, name: str) -> float:
    total = 0
    for process in _family(service, name):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def _everything(service: Stand) -> list[psutil.Process]:
    return [process for name in service.supervisor.names() for process in _family(service, name)]


def _family(service: Stand, name: str) -> list[psutil.Process]:
    leader = psutil.Process(service.supervisor.process(name).pid)
    return [leader, *leader.children(recursive=True)]
