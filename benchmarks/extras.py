"""`python -m benchmarks.extras`: what accompanies a result, and a version rendered anew.

CPU milliseconds, the least of some runs, on a photo of `samples/` enlarged to each size: the
removal by the built-in model with its encoding, the mask beside it, the four previews, and
`pipeline.render` from that mask.
"""

import argparse
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

PHOTO = Path(__file__).parent.parent / "samples" / "chelsea.jpg"
SIZES = {1: (1155, 866), 4: (2310, 1732), 12: (4000, 3000), 24: (5660, 4240)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    _set_up()
    print("| megapixels | removal | mask | previews | version |")
    print("|---|---|---|---|---|")
    for megapixels, size in SIZES.items():
        cells = [f"{value:.0f} ms" for value in _measured(_photo(size), runs)]
        print(f"| {megapixels} | {' | '.join(cells)} |")


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    import django  # noqa: PLC0415

    django.setup()


def _photo(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.open(PHOTO).resize(size, Image.Resampling.LANCZOS).save(file, "JPEG", quality=92)
    return file.getvalue()


def _measured(data: bytes, runs: int) -> tuple[float, float, float, float]:
    from removal.engine import pipeline, registry  # noqa: PLC0415
    from removal.engine.types import Options  # noqa: PLC0415
    from removal.providers import selection  # noqa: PLC0415

    predictor = selection.local_predictor("basic", requested=registry.BUILT_IN)
    recipe = registry.TIERS["basic"].recipe

    def remove(extras: bool) -> Any:
        return pipeline.remove(data, Options(), predictor=predictor, recipe=recipe, extras=extras)

    plain = _least(runs, lambda: remove(False))
    with_mask = _least(runs, lambda: remove(True))
    extras = remove(True).extras
    previews = _least(runs, lambda: (extras.of_original(), extras.of_result()))
    version = _least(runs, lambda: pipeline.render(data, extras.mask, Options()))
    return plain, max(0.0, with_mask - plain), previews, version


def _least(runs: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(runs):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return 1000 * min(times)


if __name__ == "__main__":
    main()
