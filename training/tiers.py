"""What each step of a quality tier is worth: `python -m training.tiers --data DIR --model FILE`.

Every line is one way of asking the same model, scored on the validation photos.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from training.evaluate import Cutter, evaluate, table
from training.photos import Image, load_photos
from training.predict import Alpha, Predictor, cut, onnx_predictor, resize_back, to_input

BASE = 320


def plain(ask: Predictor, size: int) -> Cutter:
    return lambda rgb: cut(ask, rgb, size)


def flipped(ask: Predictor, size: int) -> Cutter:
    """The mean over the photo and its mirror image."""

    def answer(rgb: Image) -> Alpha:
        batch = to_input(rgb, size)
        small = (ask(batch)[0, 0] + ask(np.ascontiguousarray(batch[..., ::-1]))[0, 0, :, ::-1]) / 2
        return resize_back(small, rgb)

    return answer


def scales(ask: Predictor, sizes: tuple[int, ...], *, mirror: bool = False) -> Cutter:
    """The mean over several input sizes."""
    make = flipped if mirror else plain
    cutters = [make(ask, size) for size in sizes]

    def answer(rgb: Image) -> Alpha:
        answers = np.stack([one(rgb) for one in cutters])
        fused: Alpha = answers.mean(0).astype(np.float32)
        return fused

    return answer


def guided(cutter: Cutter, radius: int, epsilon: float) -> Cutter:
    """Refine with the photo as guide, in full size."""

    def answer(rgb: Image) -> Alpha:
        return guided_filter(rgb, cutter(rgb), radius, epsilon)

    return answer


def guided_filter(rgb: Image, alpha: Alpha, radius: int, epsilon: float) -> Alpha:
    """He's guided filter with a grey guide."""
    guide = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    window = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_alpha = cv2.blur(guide, window), cv2.blur(alpha, window)
    covariance = cv2.blur(guide * alpha, window) - mean_guide * mean_alpha
    variance = cv2.blur(guide * guide, window) - mean_guide * mean_guide
    slope = covariance / (variance + epsilon)
    offset = mean_alpha - slope * mean_guide
    refined = cv2.blur(slope, window) * guide + cv2.blur(offset, window)
    answer: Alpha = np.clip(refined, 0, 1).astype(np.float32)
    return answer


def steps(ask: Predictor) -> dict[str, Cutter]:
    return {
        "320": plain(ask, BASE),
        "240": plain(ask, 240),
        "400": plain(ask, 400),
        "480": plain(ask, 480),
        "320 guided r2": guided(plain(ask, BASE), 2, 1e-3),
        "400 guided r2": guided(plain(ask, 400), 2, 1e-3),
        "320 guided r4": guided(plain(ask, BASE), 4, 1e-4),
        "320 flip": flipped(ask, BASE),
        "400 flip": flipped(ask, 400),
        "240+320 flip": scales(ask, (240, 320), mirror=True),
        "320+400 flip": scales(ask, (320, 400), mirror=True),
        "240+320+400 flip": scales(ask, (240, 320, 400), mirror=True),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds validation/")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    photos = load_photos(args.data / "validation")
    for name, cutter in steps(onnx_predictor(args.model, args.threads)).items():
        print("\n".join(table(name, evaluate(cutter, photos))), flush=True)


if __name__ == "__main__":
    main()
