"""`python -m benchmarks.batch`: a batch of mixed photos against `rembg p` and the bare engine.

The same 100 photos of 1 to 12 megapixels and the same small-U²-Net-sized model for all of them:

- the whole service as `bin/up` runs it: from the answer to the upload until the ZIP is ready;
- `pipeline.remove_many` alone, reading and writing files, with as many threads;
- `rembg p`, its start included;
- the service again with the fast engine, where the processor allows it.

Wall and CPU seconds; the CPU of the service is that of all its processes, database included.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import batches, reference_model, stand
from sandbox.application import cores

# Polling is rare, because answering costs the service processor time too.
POLL_S = 0.5


@dataclass(frozen=True)
class Run:
    """Seconds for all images, and the number of images."""

    name: str
    wall: float
    cpu: float
    images: int

    def __str__(self) -> str:
        each = self.cpu / self.images
        return (
            f"{self.name:28s} {self.wall:7.1f} s wall, {self.cpu:7.1f} s CPU, "
            f"{each * 1000:6.0f} ms of CPU an image, {self.images / self.wall:5.2f} images/s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--skip-rembg", action="store_true")
    parser.add_argument("--skip-fast", action="store_true")
    parser.add_argument("--engine", nargs=2, metavar=("FROM", "TO"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.engine:
        _engine_alone(*(Path(folder) for folder in arguments.engine))
        return
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        reference_model.write(home / "u2netp.onnx")
        images = home / "photos"
        images.mkdir()
        _compare(batches.write_photos(images, arguments.images), home, arguments)


def _compare(images: Sequence[Path], home: Path, arguments: argparse.Namespace) -> None:
    ours = _service("service, float32", images, home, fast=False)
    engine = _command("remove_many, float32", images, home, _engine_command())
    print(f"service / remove_many alone: {engine.wall / ours.wall:.2f} of its throughput")
    if not arguments.skip_rembg:
        theirs = _command("rembg p", images, home, _rembg_command())
        _against(theirs, ours)
    if not arguments.skip_fast:
        fast = _service("service, fast engine", images, home, fast=True)
        if not arguments.skip_rembg:
            _against(theirs, fast)


def _against(theirs: Run, ours: Run) -> None:
    print(
        f"{ours.name}: CPU {ours.cpu / theirs.cpu:.2f} × rembg p's, "
        f"wall {theirs.wall / ours.wall:.2f} × faster",
        flush=True,
    )


def _service(name: str, images: Sequence[Path], home: Path, *, fast: bool) -> Run:
    settings = {**batches.SETTINGS, "U2NET_HOME": str(home), "FAST_INFERENCE": str(fast).lower()}
    with stand.running(settings=settings, worker_app="benchmarks.reference_worker") as service:
        customer = batches.Customer(service)
        # A small batch first, so that every process has loaded what it needs.
        customer.until_ended(customer.start(images[:4]), poll_s=POLL_S)
        batch = customer.start(images)
        began, cpu = time.perf_counter(), batches.cpu_seconds(service)
        customer.until_ended(batch, poll_s=POLL_S)
        wall, cpu = time.perf_counter() - began, batches.cpu_seconds(service) - cpu
    return _shown(Run(name, wall, cpu, len(images)))


def _command(name: str, images: Sequence[Path], home: Path, command: Sequence[str]) -> Run:
    environment = {**os.environ, "U2NET_HOME": str(home), "MODEL_CHECKSUM_DISABLED": "1"}
    out = home / "out"
    out.mkdir()
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*command, str(images[0].parent), str(out)],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter() - began
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert len(list(out.iterdir())) == len(images)
    shutil.rmtree(out)
    return _shown(Run(name, wall, cpu, len(images)))


def _rembg_command() -> list[str]:
    return [os.environ["REMBG"], "p", "-m", "u2netp"]


def _engine_command() -> list[str]:
    return [sys.executable, "-m", "benchmarks.batch", "--engine"]


def _engine_alone(source: Path, target: Path) -> None:
    """The child process of `remove_many, float32`."""
    from removal.engine.catalogue import MODELS  # noqa: PLC0415
    from removal.engine.pipeline import remove_many  # noqa: PLC0415
    from removal.engine.registry import TIERS  # noqa: PLC0415
    from removal.engine.runtimes import OnnxPredictor  # noqa: PLC0415
    from removal.engine.types import Cutout, Options  # noqa: PLC0415

    path = Path(os.environ["U2NET_HOME"]) / "u2netp.onnx"
    images = sorted(source.iterdir())
    results = remove_many(
        (image.read_bytes() for image in images),
        Options(),
        predictor=OnnxPredictor(MODELS["u2netp"], path, threads=1),
        recipe=TIERS["basic"].recipe,
        workers=cores(),
    )
    for image, result in zip(images, results, strict=True):
        assert isinstance(result, Cutout)
        (target / f"{image.stem}.png").write_bytes(result.data)


def _shown(run: Run) -> Run:
    print(run, flush=True)
    return run


if __name__ == "__main__":
    main()
