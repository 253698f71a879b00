"""Validation photos unlike the training set: `python -m training.unseen --out DIR`.

It writes `DIR/validation/`, which `training.evaluate --data DIR` scores. The photos are samples
that scikit-image ships. The masks in `unseen_masks/` were made for this project without the help of
any network: by hand and, for the motorcycle, from the distances that come with its photo. Their
names are those of the functions of `skimage.data` that return the photos.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import cv2

from training.photos import Image, Kind, as_rgb, read_grey

MASKS = Path(__file__).with_name("unseen_masks")


def write_photos(out: Path) -> list[Path]:
    """Write every photo beside its mask, at the mask's size."""
    folder = out / "validation"
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(mask, folder) for mask in sorted(MASKS.glob("*.png"))]


def _write(path: Path, folder: Path) -> Path:
    mask = read_grey(path)
    height, width = mask.shape
    rgb = cv2.resize(_photo(path.stem), (width, height), interpolation=cv2.INTER_AREA)
    written = folder / f"{Kind.OTHER}_{path.stem}.jpg"
    cv2.imwrite(str(written), rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    cv2.imwrite(str(written.with_suffix(".png")), mask)
    return written


def _photo(name: str) -> Image:
    """The photo that scikit-image returns, in colour; of a stereo pair the left one."""
    found = getattr(importlib.import_module("skimage.data"), name)()
    return as_rgb(found[0] if isinstance(found, tuple) else found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    for path in write_photos(parser.parse_args().out):
        print(path)


if __name__ == "__main__":
    main()
