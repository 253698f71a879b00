"""Prediction of a photo's alpha at its own size, by a network or an exported file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from training.photos import Image

Alpha: TypeAlias = NDArray[np.float32]
Predictor: TypeAlias = Callable[[Alpha], Alpha]
"""1x3xHxW in 0..1 to 1x1xHxW in 0..1."""


def onnx_predictor(path: Path, threads: int = 2) -> Predictor:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_mem_pattern = False
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def predict(batch: Alpha) -> Alpha:
        answer: Alpha = session.run(["alpha"], {"input": batch})[0]
        return answer

    return predict


def to_input(rgb: Image, size: int) -> Alpha:
    shrinking = max(rgb.shape[:2]) > size
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    squared = cv2.resize(rgb, (size, size), interpolation=method)
    planes = squared.transpose(2, 0, 1)[None].astype(np.float32)
    return np.ascontiguousarray(planes / np.float32(255))


def cut(predictor: Predictor, rgb: Image, size: int) -> Alpha:
    """One forward pass, resized back to the photo."""
    return resize_back(predictor(to_input(rgb, size))[0, 0], rgb)


def resize_back(small: Alpha, rgb: Image) -> Alpha:
    height, width = rgb.shape[:2]
    grown = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha: Alpha = np.clip(grown, 0, 1).astype(np.float32)
    return alpha
