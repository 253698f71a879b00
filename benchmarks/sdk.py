"""`python -m benchmarks.sdk`: the Python client beside curl, and its memory.

It runs the whole service as `bin/up` does, with the built-in model. A batch of photos goes through
curl (one form, the status asked for twice a second, then the ZIP) and through the client of
`sdk/python`, in turn, from the first byte to the downloaded ZIP. Then the client, in a process of
its own, sends a batch of many files of 4 MB, as one form and file by file; its peak of memory is
compared with that of a batch of two such files. That batch is cancelled, since only sending it
matters here. `bin/bench sdk` runs it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import batches, photos, stand
from sandbox.application import ROOT

SDK = ROOT / "sdk" / "python" / "src"
FILE_BYTES = 4_000_000
_POLL_S = 0.5
_LIMITS = ("RATE_LIMIT_UPLOADS",)

THROUGH_CLIENT = """
import sys
from lumiku import BackgroundRemoverClient
target, *images = sys.argv[1:]
with BackgroundRemoverClient() as client:
    batch = client.start_batch(images, tier="basic")
    assert batch.wait().status == "completed"
    batch.download_zip(target)
"""
MEMORY = """
import pathlib, sys
from lumiku import BackgroundRemoverClient
uploads, *images = sys.argv[1:]
with BackgroundRemoverClient() as client:
    batch = client.start_batch(images, tier="basic", uploads=uploads == "uploads")
    status = pathlib.Path("/proc/self/status").read_text()
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
    batch.cancel()
    batch.wait()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3, help="0 leaves this part out")
    parser.add_argument("--files", type=int, default=500, help="0 leaves this part out")
    arguments = parser.parse_args()
    unlimited = dict.fromkeys(_LIMITS, stand.UNLIMITED)
    with tempfile.TemporaryDirectory(prefix="lumiku-sdk-") as name:
        home = Path(name)
        settings = {**batches.SETTINGS, **unlimited, "U2NET_HOME": str(home / "none")}
        with stand.running(settings=settings) as service:
            if arguments.rounds:
                _compare(service, home, arguments.images, arguments.rounds)
            if arguments.files:
                _memory(service, home, arguments.files)


def _compare(service: stand.Stand, home: Path, count: int, rounds: int) -> None:
    images = home / "photos"
    images.mkdir()
    paths = batches.write_photos(images, count, (1,))
    # The workers load their model with the first batch, which is not measured.
    _curl(service, paths[:4], home / "curl.zip")
    taken: dict[str, list[float]] = {"curl": [], "client": []}
    for number in range(rounds):
        for name in ("curl", "client") if number % 2 == 0 else ("client", "curl"):
            began = time.perf_counter()
            run = _curl if name == "curl" else _client
            run(service, paths, home / f"{name}.zip")
            taken[name].append(time.perf_counter() - began)
            print(f"{name}: {count} photos in {taken[name][-1]:.1f} s", flush=True)
    curl, client = (statistics.median(taken[name]) for name in ("curl", "client"))
    print(f"client's throughput beside curl's: {curl / client:.2f}", flush=True)


def _memory(service: stand.Stand, home: Path, count: int) -> None:
    """Peaks of resident memory; files are small pictures with padding behind their end."""
    folder = home / "large"
    folder.mkdir()
    picture = photos.jpeg("astronaut", 1)
    paths = [folder / f"{number:03}.jpg" for number in range(count)]
    for path in paths:
        path.write_bytes(picture.ljust(FILE_BYTES, b"\0"))
    for way in ("form", "uploads"):
        few, many = (_python(service, MEMORY, [way, *chosen]) for chosen in (paths[:2], paths))
        print(
            f"{way}: peak {float(few):.0f} MiB with 2 files of 4 MB, {float(many):.0f} MiB with "
            f"{count}",
            flush=True,
        )


def _client(service: stand.Stand, paths: Sequence[Path], target: Path) -> None:
    _python(service, THROUGH_CLIENT, [str(target), *paths])


def _python(service: stand.Stand, program: str, arguments: Sequence[str | Path]) -> str:
    env = {
        **os.environ,
        "PYTHONPATH": str(SDK),
        "LUMIKU_BASE_URL": service.url,
        "LUMIKU_API_KEY": service.api_key,
    }
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=env,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _curl(service: stand.Stand, paths: Sequence[Path], target: Path) -> None:
    forms = [part for path in paths for part in ("-F", f"images=@{path}")]
    url = f"{service.url}{batches.BATCHES}"
    started = _called(service, "-F", "tier=basic", *forms, url)
    batch = json.loads(started)["data"]["batchId"]
    while json.loads(_called(service, f"{url}/{batch}"))["data"]["status"] not in batches.ENDED:
        time.sleep(_POLL_S)
    _called(service, f"{url}/{batch}/download", "-o", str(target))


def _called(service: stand.Stand, *arguments: str) -> str:
    key = f"X-API-Key: {service.api_key}"
    return subprocess.run(
        ["curl", "-sS", "-f", "-H", key, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    main()
