"""The labelling of photos without masks by U²-Net: `python -m training.label`.

The published `u2net` and `u2netp` each predict a mask; where the two differ about a photo, `u2net`
also predicts the mirrored photo. Every mask is stored as a grey PNG, so that a stopped run can
continue, and other thresholds need no further predictions. A label is black, white, and UNKNOWN
where the masks differ or are indecisive; a photo about which they differ too much gets no label.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image as Pillow

from training.photos import UNKNOWN, Image, read_grey, read_rgb, to_image

Grey: TypeAlias = NDArray[np.float32]
Ask: TypeAlias = Callable[[Image], Image]

SIDE = 320
MEANS = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATIONS = np.array([0.229, 0.224, 0.225], np.float32)
DIGESTS = {
    "u2net": "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
    "u2netp": "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
}
PLAIN, MIRRORED, SMALL = "u2net", "u2net_mirrored", "u2netp"  # folders of masks
LABELS = "labels"

# the overlap that two masks must have to agree, without the mirrored one and with it
AGREEMENT, OWN_AGREEMENT = 0.85, 0.85
SURE = 0.8  # values above this, or below its complement, are decisive
LEAST_SUBJECT, MOST_SUBJECT = 0.01, 0.95  # shares of the picture
MOST_UNKNOWN = 0.35  # shares of the area that any of the masks marks as subject


@dataclass(frozen=True)
class Teachers:
    large: Ask
    small: Ask


@dataclass(frozen=True)
class Answers:
    """The predictions for one photo, each grey 0..255 at its size; the mirrored one is turned
    back.
    """

    plain: Image
    small: Image
    mirrored: Image | None = None

    @property
    def agree(self) -> bool:
        return iou(self.plain, self.small) >= AGREEMENT


def label(answers: Answers) -> Image | None:
    """255, 0 or UNKNOWN for each pixel, or None where the photo should be left out."""
    if answers.mirrored is None:
        if not answers.agree:
            return None
        large = _share(answers.plain)
    else:
        if not answers.agree and iou(answers.plain, answers.mirrored) < OWN_AGREEMENT:
            return None
        large = (_share(answers.plain) + _share(answers.mirrored)) / 2
    small = _share(answers.small)
    subject = large > 0.5
    committed = (np.abs(large - 0.5) > SURE - 0.5) | _outline(large)
    known = committed & (((small > 0.5) == subject) | _outline(large))
    if not LEAST_SUBJECT <= subject.mean() <= MOST_SUBJECT:
        return None
    anyone = subject | (small > 0.5)
    if (~known & anyone).sum() > MOST_UNKNOWN * anyone.sum():
        return None
    return np.where(known, subject * 255, UNKNOWN).astype(np.uint8)


def iou(one: Image, other: Image) -> float:
    first, second = one > 127, other > 127
    either = int((first | second).sum())
    return float((first & second).sum() / either) if either else 1.0


def ask(path: Path, name: str) -> Ask:
    """The mask of a published model, stretched to 0..255, at the photo's size."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGESTS[name]:
        raise ValueError(f"{path} is not the published {name}.onnx")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    source, target = session.get_inputs()[0].name, session.get_outputs()[0].name

    def answer(rgb: Image) -> Image:
        found: Grey = session.run([target], {source: to_teacher(rgb)})[0][0, 0]
        span = float(found.max() - found.min())
        stretched = (found - found.min()) / (span if span > 0 else 1.0)
        picture = Pillow.fromarray(to_image(stretched * 255))
        return np.asarray(picture.resize(rgb.shape[1::-1], Pillow.Resampling.LANCZOS), np.uint8)

    return answer


def to_teacher(rgb: Image) -> Grey:
    """The input that U²-Net was trained with: the brightest value at one, then ImageNet's mean."""
    squared = Pillow.fromarray(rgb).resize((SIDE, SIDE), Pillow.Resampling.LANCZOS)
    values = np.asarray(squared, np.float32)
    values = (values / max(float(values.max()), 1e-6) - MEANS) / DEVIATIONS
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def consult(photo: Path, out: Path, teachers: Teachers, *, mirror: bool) -> Answers:
    """All predictions for a photo; only missing ones are computed."""
    rgb = read_rgb(photo)
    plain = _kept(out / PLAIN / f"{photo.stem}.png", lambda: teachers.large(rgb))
    small = _kept(out / SMALL / f"{photo.stem}.png", lambda: teachers.small(rgb))
    answers = Answers(plain, small)
    if answers.agree or not mirror:
        return answers
    place = out / MIRRORED / f"{photo.stem}.png"
    return Answers(plain, small, _kept(place, lambda: teachers.large(rgb[:, ::-1])[:, ::-1]))


def write(path: Path, grey: Image) -> None:
    """Write the file atomically, because a run may be stopped at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f"new-{path.name}")
    cv2.imwrite(str(waiting), np.ascontiguousarray(grey))
    waiting.replace(path)


def _kept(path: Path, make: Callable[[], Image]) -> Image:
    if not path.exists():
        write(path, make())
    return read_grey(path)


def _share(grey: Image) -> Grey:
    return grey.astype(np.float32) / 255


def _outline(share: Grey) -> NDArray[np.bool_]:
    """Pixels with clear subject and clear background within two pixels; grey there is only an
    edge.
    """
    around = np.ones((5, 5), np.uint8)
    inside = cv2.dilate((share > SURE).astype(np.uint8), around)
    outside = cv2.dilate((share < 1 - SURE).astype(np.uint8), around)
    return (inside & outside) > 0


def main() -> None:
    args = _arguments()
    cv2.setNumThreads(1)
    teachers = Teachers(ask(args.u2net, "u2net"), ask(args.u2netp, "u2netp"))
    photos = sorted(args.photos.glob("*.jpg"))
    if args.seed:
        photos = [photos[i] for i in np.random.default_rng(args.seed).permutation(len(photos))]
    given = args.answered
    if given:
        photos.sort(key=lambda photo: not (given / f"{photo.stem}.png").exists())
    labelled = 0
    for count, photo in enumerate(photos, 1):
        taken = given / f"{photo.stem}.png" if given else None
        if taken and taken.exists() and not (args.out / PLAIN / taken.name).exists():
            write(args.out / PLAIN / taken.name, read_grey(taken))
        found = label(consult(photo, args.out, teachers, mirror=not args.no_mirror))
        place = args.out / LABELS / f"{photo.stem}.png"
        if found is None:
            place.unlink(missing_ok=True)
        else:
            write(place, found)
            labelled += 1
        if count % 100 == 0 or count == len(photos):
            print(f"{count} of {len(photos)} photos, {labelled} with a label", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="continues if answers are there")
    parser.add_argument("--u2net", type=Path, required=True, help="the published u2net.onnx")
    parser.add_argument("--u2netp", type=Path, required=True, help="the published u2netp.onnx")
    parser.add_argument("--answered", type=Path, help="folder of plain u2net answers to begin with")
    parser.add_argument("--no-mirror", action="store_true", help="do not ask again when in doubt")
    parser.add_argument("--seed", type=int, default=0, help="in a random order, other than by name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
