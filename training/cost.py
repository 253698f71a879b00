"""Time and memory of one inference: `python -m training.cost --model FILE`."""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from pathlib import Path

import numpy as np

from training.predict import onnx_predictor


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument(
        "--size", type=int, default=320, help="for the built-in model a multiple of 80"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=50)
    args = parser.parse_args()
    before = peak_megabytes()
    batch = np.random.default_rng(0).random((1, 3, args.size, args.size), np.float32)
    ask = onnx_predictor(args.model, args.threads)
    ask(batch)
    print(f"peak memory {peak_megabytes():.0f} MB, of which {before:.0f} MB before the session")
    times = []
    for _ in range(args.repeat):
        began = time.perf_counter()
        ask(batch)
        times.append(1000 * (time.perf_counter() - began))
    print(f"{args.size} px, {args.threads} threads: median {statistics.median(times):.1f} ms")


if __name__ == "__main__":
    main()
