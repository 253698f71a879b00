"""`python -m benchmarks.batching --model u2net --device gpu`: pictures a second of one model in one
process, by the most pictures in one run.

As many threads as the largest batch ask at the same time, as those of a batch worker do; decoding
and encoding are left out. `benchmarks/README.md` has a table to be filled in on a GPU.
"""

import argparse
import itertools
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from removal.engine import registry, session
from removal.engine.arrays import Pixels
from removal.engine.devices import Device
from removal.engine.predictor import Predictor
from removal.engine.types import Recipe

SAMPLES = Path(__file__).parent.parent / "samples"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=registry.BUILT_IN, choices=sorted(registry.MODELS))
    parser.add_argument("--device", default="auto", choices=[*Device])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--threads", type=int, default=0, help="default: the largest batch")
    parser.add_argument("--pictures", type=int, default=200)
    arguments = parser.parse_args()
    spec, path = registry.choose("industry", requested=arguments.model)
    pictures = _pictures(arguments.pictures)
    threads = arguments.threads or max(arguments.batch)
    print("| model | engine | threads | most in a run | pictures a second |\n|---|---|---|---|---|")
    for batch in arguments.batch:
        predictor = session.load(
            spec, path, threads=1, fast=False, device=Device(arguments.device), batch=batch
        )
        with ThreadPoolExecutor(threads) as pool:
            _seconds(pool, predictor, pictures[: 2 * threads])
            took = _seconds(pool, predictor, pictures)
        rate = len(pictures) / took
        print(
            f"| {spec.name} | {predictor.engine} | {threads} | {batch} | {rate:.1f} |", flush=True
        )


def _pictures(count: int) -> Sequence[Pixels]:
    """The sample photos, again and again."""
    samples = [np.asarray(Image.open(path).convert("RGB")) for path in SAMPLES.glob("*.jpg")]
    return [*itertools.islice(itertools.cycle(samples), count)]


def _seconds(pool: ThreadPoolExecutor, model: Predictor, pictures: Sequence[Pixels]) -> float:
    began = time.perf_counter()
    list(pool.map(lambda picture: model.predict(picture, Recipe()), pictures))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
