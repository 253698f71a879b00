"""`python -m benchmarks.png`: size and speed of our PNG writer against Pillow at level 6.

Cut-outs of scikit-image's photos at several sizes, each by the built-in model.
"""

import io
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import photos
from removal.engine import registry, session
from removal.engine.pipeline import remove
from removal.engine.png import encode_png
from removal.engine.types import Options

MEGAPIXELS = (0.3, 1, 4, 12, 24)


def _pillow(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=6)
    return file.getvalue()


def _timed(
    write: Callable[[NDArray[np.uint8]], bytes], pixels: NDArray[np.uint8]
) -> tuple[int, float]:
    started = time.process_time()
    data = write(pixels)
    return len(data), time.process_time() - started


def main() -> None:
    spec, path = registry.choose("basic", requested=registry.BUILT_IN)
    predictor = session.get_predictor(spec, path)
    sizes, speeds = [], []
    for megapixels in MEGAPIXELS:
        for name in photos.NAMES:
            photo = photos.jpeg(name, megapixels)
            recipe = registry.TIERS["basic"].recipe
            result = remove(photo, Options(), predictor=predictor, recipe=recipe)
            pixels = np.asarray(Image.open(io.BytesIO(result.data)))
            (ours, our_time), (theirs, their_time) = (
                _timed(encode_png, pixels),
                _timed(_pillow, pixels),
            )
            sizes.append(ours / theirs)
            speeds.append(their_time / our_time)
            print(f"{megapixels:5} MP {name:10s} bytes {sizes[-1]:.3f}×  speed {speeds[-1]:.1f}×")
    for label, values in (("bytes", sizes), ("speed", speeds)):
        spread = (min(values), statistics.median(values), max(values))
        print(
            f"{label}: smallest {spread[0]:.3f}×, median {spread[1]:.3f}×, largest {spread[2]:.3f}×"
        )


if __name__ == "__main__":
    main()
