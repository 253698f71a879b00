"""`python -m benchmarks.service`: the service's overhead over its engine, and its behaviour under
load.

The same image goes alternately through `POST /remove` (upload, storage, two ledger transactions,
queue and JSON included) and through the bare pipeline in this process; then 16 clients send it at
once, and the same load goes to `rembg s`. Service, bare pipeline and rembg run the same
small-U²-Net-sized float32 model. `bin/bench service` runs it.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import urllib3

from benchmarks import load, photos, reference_model, stand
from sandbox.ports import accepts, free_port

REMOVE = "/v1/background-remover/remove"


@dataclass(frozen=True)
class Case:
    """An image and how often it is sent, one at a time and by each of many clients."""

    megapixels: int
    runs: int
    each: int


CASES = (Case(1, 40, 10), Case(12, 15, 4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--skip-rembg", action="store_true")
    arguments = parser.parse_args()
    images = {case: photos.jpeg("astronaut", case.megapixels) for case in CASES}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        reference_model.write(home / "u2netp.onnx")
        settings = {"U2NET_HOME": folder, "FAST_INFERENCE": "false"}
        with stand.running(settings=settings, worker_app="benchmarks.reference_worker") as service:
            for case, image in images.items():
                _overhead(service, case, image, home)
                _crowd("service", service.url, _service_request(service, image), case, arguments)
        if not arguments.skip_rembg:
            with _rembg_server(home) as (url, process):
                for case, image in images.items():
                    before = process.memory_info().rss
                    _crowd("rembg s", url, _rembg_request(image), case, arguments)
                    after = process.memory_info().rss
                    print(f"      rembg s RSS {before / 1e6:.0f} → {after / 1e6:.0f} MB")


def _overhead(service: stand.Stand, case: Case, image: bytes, home: Path) -> None:
    bare = _bare(home)
    request = _service_request(service, image)
    http: list[float] = []
    pipeline: list[float] = []
    with urllib3.connection_from_url(service.url) as pool:
        for turn in range(case.runs + 4):
            began = time.perf_counter()
            request(pool)
            between = time.perf_counter()
            bare(image)
            if turn >= 4:
                http.append(between - began)
                pipeline.append(time.perf_counter() - between)
    over, under = statistics.median(http), statistics.median(pipeline)
    ratios = sorted(a / b for a, b in zip(http, pipeline, strict=True))
    print(
        f"{case.megapixels:3d} MP  POST /remove p50 {over * 1e3:6.1f} ms, bare pipeline p50 "
        f"{under * 1e3:6.1f} ms, ratio {over / under:.2f} (pairwise median "
        f"{statistics.median(ratios):.2f}), {len(http)} pairs",
        flush=True,
    )


def _bare(home: Path) -> Any:
    from removal.engine.catalogue import MODELS  # noqa: PLC0415
    from removal.engine.pipeline import remove  # noqa: PLC0415
    from removal.engine.registry import TIERS  # noqa: PLC0415
    from removal.engine.runtimes import OnnxPredictor  # noqa: PLC0415
    from removal.engine.types import Options  # noqa: PLC0415

    predictor = OnnxPredictor(MODELS["u2netp"], home / "u2netp.onnx", threads=1)
    recipe = TIERS["basic"].recipe
    return lambda image: remove(image, Options(), predictor=predictor, recipe=recipe)


def _crowd(
    name: str, url: str, request: load.Request, case: Case, arguments: argparse.Namespace
) -> None:
    clients = arguments.clients
    one = load.run(url, request, clients=1, requests_each=case.runs)
    many = load.run(url, request, clients=clients, requests_each=case.each)
    print(
        f"{case.megapixels:3d} MP  {name}: 1 client p50 {one.p50 * 1e3:.0f} ms, "
        f"{one.per_second:.2f}/s; {clients} clients p50 {many.p50 * 1e3:.0f} ms, "
        f"p95 {many.p95 * 1e3:.0f} ms, p95/p50 {many.p95 / many.p50:.2f}, "
        f"{many.per_second:.2f}/s = {many.per_second / one.per_second:.2f} × one client's",
        flush=True,
    )


def _service_request(service: stand.Stand, image: bytes) -> load.Request:
    fields = {"tier": "basic", "image": ("photo.jpg", image, "image/jpeg")}
    return load.multipart(REMOVE, fields, {"X-API-Key": service.api_key})


def _rembg_request(image: bytes) -> load.Request:
    fields = {"model": "u2netp", "file": ("photo.jpg", image, "image/jpeg")}
    return load.multipart("/api/remove", fields, {})


@contextmanager
def _rembg_server(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """`rembg s` on the same model file."""
    port = free_port()
    environment = {**os.environ, "U2NET_HOME": str(home), "MODEL_CHECKSUM_DISABLED": "1"}
    command = [os.environ["REMBG"], "s", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while not accepts(port):
                if server.poll() is not None:
                    raise load.Refused(f"rembg s ended with {server.returncode}")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", psutil.Process(server.pid)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
