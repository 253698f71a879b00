"""`python -m benchmarks.worker_memory`: resident memory over 500 mixed images up to 24 MP.

Each contender runs in a child process of its own, on the same images in the same order.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import psutil

from benchmarks import photos, reference_model
from benchmarks.engine import NAME, Contender, ours, theirs

SIZES = (0.3, 0.3, 1, 1, 2, 4, 4, 8, 12, 24)


def _run(contender: Contender, count: int) -> None:
    made = [photos.jpeg(name, size) for size in sorted(set(SIZES)) for name in photos.NAMES[:2]]
    weights = [SIZES.count(size) for size in sorted(set(SIZES)) for _ in photos.NAMES[:2]]
    random, process = Random(500), psutil.Process()
    photos.forget()
    levels: list[float] = []
    for _ in range(count):
        contender.remove(random.choices(made, weights)[0])
        levels.append(process.memory_info().rss / 2**20)
    part = max(1, count // 5)
    first, last = max(levels[:part]), max(levels[-part:])
    print(
        f"{contender.name:34s} highest {max(levels):5.0f} MiB after an image; "
        f"first {part}: {first:.0f}, last {part}: {last:.0f} ({last / first - 1:+.1%}); "
        f"peak {_peak():.0f} MiB",
        flush=True,
    )


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _child(which: str, count: int) -> None:
    path = Path(os.environ["U2NET_HOME"], f"{NAME}.onnx")
    makers: dict[str, Callable[[], Contender | None]] = {
        "ours": lambda: ours(path, 1, fast=False),
        "fast": lambda: ours(path, 1, fast=True),
        "rembg": lambda: theirs(path),
    }
    contender = makers[which]()
    if contender:
        _run(contender, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--only", choices=("ours", "fast", "rembg"))
    parser.add_argument("--child", action="store_true")
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.only, arguments.count)
        return
    with tempfile.TemporaryDirectory() as home:
        reference_model.write(Path(home, f"{NAME}.onnx"))
        environment = {**os.environ, "U2NET_HOME": home, "OMP_NUM_THREADS": "1"}
        for which in [arguments.only] if arguments.only else ["ours", "rembg"]:
            command = [sys.executable, "-m", "benchmarks.worker_memory", "--child"]
            command += ["--only", which, "--count", str(arguments.count)]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
