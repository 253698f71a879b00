"""Memory growth of a process that builds a batch's archive.

`python -m benchmarks.zip_memory [IMAGES] [BYTES_EACH]` writes on disk; with STORAGE_BACKEND=s3 and
the S3_* settings of a server, into its bucket. No database is needed.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

IMAGES, EACH = 500, 2_000_000
MIB = 1024 * 1024


def main(images: int, each: int) -> None:
    with tempfile.TemporaryDirectory(prefix="lumiku-zip-") as folder:
        os.environ.setdefault("MEDIA_ROOT", folder)
        os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
        _measure(images, each)


def _measure(images: int, each: int) -> None:
    import django  # noqa: PLC0415 - settings are read from the environment above

    django.setup()
    from batches.archive import writer  # noqa: PLC0415
    from common import storage  # noqa: PLC0415
    from removal.bulk import Image  # noqa: PLC0415

    keys = [f"processed/benchmark/job_{number}.png" for number in range(images)]
    for key in keys:
        storage.put(key, os.urandom(each), content_type="image/png")
    rows = [
        Image(n, f"job_{n}", "photo.jpg", "completed", key, each, "png", 1, 1, 8, "", "")
        for n, key in enumerate(keys)
    ]
    Path("/proc/self/clear_refs").write_text("5")
    before, began, cpu = _resident("VmRSS"), time.perf_counter(), time.process_time()
    with storage.writer("batches/benchmark.zip", content_type="application/zip") as out:
        for piece in writer.pieces(rows):
            out.write(piece)
    wall, cpu, peak = time.perf_counter() - began, time.process_time() - cpu, _resident("VmHWM")
    print(f"{images} results of {each / 1e6:g} MB: archive of {out.size / 1e6:.0f} MB")
    print(f"resident before {before:.0f} MiB, peak {peak:.0f} MiB: adds {peak - before:.1f} MiB")
    print(f"{wall:.1f} s wall, {cpu:.1f} s of CPU")
    for key in [*keys, "batches/benchmark.zip"]:
        storage.delete(key)


def _resident(figure: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(f"{figure}:")]
    return int(line.split()[1]) * 1024 / MIB


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3] if len(sys.argv) > 2 else (IMAGES, EACH)))
