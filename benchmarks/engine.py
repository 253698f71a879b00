"""`python -m benchmarks.engine`: this engine against rembg on the same model and photos.

Both run a small-U²-Net-sized float32 model in one process, alternating, on one processor core
(`--cores`), with rembg at its default settings and one session reused. It prints medians over all
photos and runs: times, and the ratios of consecutive runs.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import photos, reference_model

MEGAPIXELS = (1, 4, 12, 24)
NAME = "u2net_custom"


@dataclass
class Inference:
    """CPU seconds spent inside the model since the last `take`."""

    spent: float = 0.0

    def timed(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            started = time.process_time()
            try:
                return run(*args, **kwargs)
            finally:
                self.spent += time.process_time() - started

        return wrapper

    def take(self) -> float:
        spent, self.spent = self.spent, 0.0
        return spent


@dataclass
class Samples:
    """Seconds of each run, and the bytes of each result."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)

    def median(self, what: str) -> float:
        return float(statistics.median(getattr(self, what)))

    def factor(self, base: "Samples", what: str) -> float:
        pairs = zip(getattr(base, what), getattr(self, what), strict=True)
        return float(statistics.median(theirs / ours for theirs, ours in pairs))


@dataclass(frozen=True)
class Contender:
    name: str
    remove: Callable[[bytes], bytes]
    inference: Inference


def _measure(contender: Contender, photo: bytes, samples: Samples) -> None:
    contender.inference.take()
    wall, cpu = time.perf_counter(), time.process_time()
    result = contender.remove(photo)
    spent = time.process_time() - cpu
    samples.wall.append(time.perf_counter() - wall)
    samples.cpu.append(spent)
    samples.other.append(spent - contender.inference.take())
    samples.size.append(len(result))


def theirs(path: Path) -> Contender:
    import rembg  # noqa: PLC0415 (slow to import, and only after U2NET_HOME is set)

    session = rembg.new_session(NAME, model_path=str(path))
    inference = Inference()
    session.inner_session.run = inference.timed(session.inner_session.run)
    return Contender("rembg", lambda photo: bytes(rembg.remove(photo, session=session)), inference)


def ours(path: Path, threads: int, *, fast: bool) -> Contender | None:
    from removal.engine import session  # noqa: PLC0415
    from removal.engine.catalogue import ModelSpec  # noqa: PLC0415
    from removal.engine.pipeline import remove  # noqa: PLC0415
    from removal.engine.registry import TIERS  # noqa: PLC0415
    from removal.engine.types import Options  # noqa: PLC0415

    spec = ModelSpec(
        NAME, path.name, "none", True, "benchmarks", "", 320, scale_by_max=True, stretch=True
    )
    predictor: Any = session.get_predictor(spec, path, threads=threads, fast=fast)
    if fast and predictor.engine.startswith("onnxruntime"):
        return None
    inference = Inference()
    predictor.infer = inference.timed(predictor.infer)
    recipe = TIERS["basic"].recipe

    def run(photo: bytes) -> bytes:
        return remove(photo, Options(), predictor=predictor, recipe=recipe).data

    return Contender(predictor.engine, run, inference)


def _report(megapixels: int, results: dict[str, Samples]) -> None:
    base = results["rembg"]
    for name, samples in results.items():
        figures = "  ".join(
            f"{samples.median(what) * 1000:8.0f} ms {samples.factor(base, what):5.2f}×"
            for what in ("cpu", "wall", "other")
        )
        size = samples.median("size") / 1e6
        print(f"{megapixels:3d} MP  {name:34s} {figures}  {size:6.2f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--photos", nargs="+", choices=photos.NAMES, default=photos.NAMES)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: arguments.cores]))
    os.environ["OMP_NUM_THREADS"] = str(arguments.cores)
    with tempfile.TemporaryDirectory() as home:
        os.environ["U2NET_HOME"] = home
        path = reference_model.write(Path(home, f"{NAME}.onnx"))
        found = [theirs(path), *(ours(path, arguments.cores, fast=f) for f in (False, True))]
        contenders = [contender for contender in found if contender]
        print(
            "photo   engine                                  CPU              wall    not inference"
        )
        for contender in contenders:
            contender.remove(photos.jpeg(arguments.photos[0], MEGAPIXELS[0]))
        for megapixels in MEGAPIXELS:
            results = {contender.name: Samples() for contender in contenders}
            for photo in (photos.jpeg(name, megapixels) for name in arguments.photos):
                for contender in contenders * arguments.runs:
                    _measure(contender, photo, results[contender.name])
            _report(megapixels, results)


if __name__ == "__main__":
    main()
