"""Comparison of masks with faster arithmetic: `training.variants --data DIR --model FILE`.

A variant may be shipped only where its masks agree with float32 (intersection over union of
`LEAST_AGREEMENT` or more on average); the product checks its own fast engine again when it loads
it.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.metrics import score
from training.photos import Photo, load_photos
from training.predict import Alpha, Predictor, cut, onnx_predictor, to_input

LEAST_AGREEMENT = 0.99
SIZE = 320
CALIBRATION_PHOTOS = 96


@dataclass(frozen=True)
class Agreement:
    average: float
    worst: float
    against_truth: float

    @property
    def is_enough(self) -> bool:
        return self.average >= LEAST_AGREEMENT


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    """A reader that gives photos of the training set to the quantiser, one by one."""

    def __init__(self, photos: list[Photo]) -> None:
        self._batches: Iterator[Alpha] = (to_input(photo.sample.rgb, SIZE) for photo in photos)

    def get_next(self) -> dict[str, Alpha] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"input": batch}


def to_int8(model: Path, photos: list[Photo], folder: Path) -> Path:
    """Quantise convolutions to 8 bits, each output channel with its own scale; returns the new
    file.
    """
    prepared, quantised = folder / "prepared.onnx", folder / "int8.onnx"
    quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(quantised),
        Calibration(photos),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv"],
    )
    return quantised


def bfloat16_predictor(model: Path, threads: int) -> Predictor | None:
    """A predictor of OpenVINO in bfloat16, as the product's fast engine; None where it is not
    installed.
    """
    try:
        core: Any = importlib.import_module("openvino").Core()
    except ImportError:
        return None
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return None
    wanted = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": threads}
    request = core.compile_model(str(model), "CPU", wanted).create_infer_request()

    def predict(batch: Alpha) -> Alpha:
        request.infer({0: batch})
        return np.array(request.get_output_tensor(0).data, np.float32)

    return predict


def agreement(variant: Predictor, reference: Predictor, photos: list[Photo]) -> Agreement:
    """The agreement of two models' masks at a threshold of 0.5 over all photos, and the variant's
    own mean IoU.
    """
    agreed, right = [], []
    for photo in photos:
        found, expected = (cut(ask, photo.sample.rgb, SIZE) for ask in (variant, reference))
        a, b = found > 0.5, expected > 0.5
        union = np.count_nonzero(a | b)
        agreed.append(np.count_nonzero(a & b) / union if union else 1.0)
        right.append(score(found, photo.sample.alpha).iou)
    return Agreement(mean(agreed), min(agreed), mean(right))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds train/ and validation/")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    photos = load_photos(args.data / "validation")
    shown = load_photos(args.data / "train")
    shown = shown[:: max(1, len(shown) // CALIBRATION_PHOTOS)]
    reference = onnx_predictor(args.model, args.threads)
    with tempfile.TemporaryDirectory() as folder:
        variants = {
            "float32": reference,
            "bfloat16": bfloat16_predictor(args.model, args.threads),
            "int8": onnx_predictor(to_int8(args.model, shown, Path(folder)), args.threads),
        }
        for name, variant in variants.items():
            print(_line(name, variant, reference, photos), flush=True)


def _line(name: str, variant: Predictor | None, reference: Predictor, photos: list[Photo]) -> str:
    if variant is None:
        return f"{name:9} not available on this machine"
    found = agreement(variant, reference, photos)
    verdict = "may be shipped" if found.is_enough else "not to be shipped"
    return (
        f"{name:9} IoU with float32 {found.average:.4f} (worst {found.worst:.4f}), "
        f"with the truth {found.against_truth:.4f}: {verdict}"
    )


if __name__ == "__main__":
    main()
