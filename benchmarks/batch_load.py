"""`python -m benchmarks.batch_load`: the effect of a batch of 500 images on other requests.

It runs the whole service as `bin/up` does, with the reference model in float32. First it sends
single removals one after the other to the idle service; then, while a batch of 500 photos runs,
single removals again and requests for the batch's status, ten times a second. The resident memory
of every kind of process is sampled throughout, and that of the process that writes the ZIP while it
does.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import batches, load, photos, reference_model, stand
from benchmarks.batches import Customer, Levels
from benchmarks.service import REMOVE

SERVICES = ("web", "interactive", "batch", "maintenance", "beat")
SIZES = (1, 2, 3, 4)
POLL_S = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--singles", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        reference_model.write(home / "u2netp.onnx")
        images = home / "photos"
        images.mkdir()
        paths = batches.write_photos(images, arguments.images, SIZES)
        settings = {**batches.SETTINGS, "U2NET_HOME": name, "FAST_INFERENCE": "false"}
        with stand.running(settings=settings, worker_app="benchmarks.reference_worker") as service:
            _measure(service, paths, arguments.singles)


def _measure(service: stand.Stand, paths: Sequence[Path], singles: int) -> None:
    single = load.multipart(
        REMOVE,
        {"tier": "basic", "image": ("photo.jpg", photos.jpeg("astronaut", 1), "image/jpeg")},
        {"X-API-Key": service.api_key},
    )
    idle = load.run(service.url, single, clients=1, requests_each=singles)
    print(f"single, idle: p50 {idle.p50 * 1e3:.0f} ms, p95 {idle.p95 * 1e3:.0f} ms", flush=True)
    customer = Customer(service)
    with batches.memory(service, SERVICES) as levels:
        began = time.perf_counter()
        batch = customer.start(paths)
        print(f"upload of {len(paths)} images: {time.perf_counter() - began:.1f} s", flush=True)
        beside = threading.Thread(target=_singles, args=(service, single, singles, idle))
        beside.start()
        archiving = _Archiving(levels)
        began = time.perf_counter()
        latencies = sorted(archiving.watch(customer, batch))
        print(f"from upload to ZIP: {time.perf_counter() - began:.1f} s", flush=True)
        beside.join()
    p95 = latencies[int(len(latencies) * 0.95)]
    print(
        f"status meanwhile: p50 {statistics.median(latencies) * 1e3:.1f} ms, "
        f"p95 {p95 * 1e3:.1f} ms, {len(latencies)} requests"
    )
    for name in SERVICES:
        print(f"memory of {name}: {levels.describe(name)}")
    print(f"memory of maintenance while it wrote the ZIP: + {archiving.growth:.0f} MiB")


def _singles(service: stand.Stand, single: load.Request, count: int, idle: load.Load) -> None:
    busy = load.run(service.url, single, clients=1, requests_each=count)
    print(
        f"single, during the batch: p50 {busy.p50 * 1e3:.0f} ms, p95 {busy.p95 * 1e3:.0f} ms; "
        f"p50 {busy.p50 / idle.p50:.2f} × idle",
        flush=True,
    )


class _Archiving:
    """Follows a batch to its end, and records the growth of memory while its archive is written."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels.samples["maintenance"]
        self.growth = 0.0

    def watch(self, customer: Customer, batch: str) -> list[float]:
        """The duration of each status request, in seconds."""
        latencies: list[float] = []
        began: int | None = None
        while True:
            asked = time.perf_counter()
            status = customer.status(batch)["status"]
            latencies.append(time.perf_counter() - asked)
            if status == "zipping" and began is None:
                began = len(self._levels)
            if status in batches.ENDED:
                break
            time.sleep(POLL_S)
        # One more sample, in case the archive was written between two samples.
        time.sleep(2 * batches.SAMPLE_S)
        before = max(0, (began or len(self._levels)) - 3)
        self.growth = max(self._levels[before:]) - self._levels[before]
        return latencies


if __name__ == "__main__":
    main()
