"""Augmentation of photos by camera and web effects: geometry, light, blur, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.photos import Image, Sample, to_image

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def crop(rng: Generator, sample: Sample, size: int) -> Sample:
    """A random crop of the photo, slightly rotated and scaled to a square as at inference."""
    box = _crop_with_foreground(rng, sample.alpha)
    matrix = _square_to_box(rng, box, size)
    border = cv2.BORDER_REFLECT_101 if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    planes = [
        cv2.warpAffine(plane, matrix, (size, size), flags=flags, borderMode=border)
        for plane in (sample.rgb, sample.alpha, sample.weight)
    ]
    return Sample(*(plane.astype(np.uint8, copy=False) for plane in planes))


def recolour(rng: Generator, rgb: Image, strength: float = 1.0) -> Image:
    """Random exposure, white balance, contrast, gamma and saturation; at times without colour."""
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
    gain = np.exp(rng.normal(0, 0.20 * strength) + rng.normal(0, 0.08 * strength, 3))
    gamma = np.exp(rng.normal(0, 0.25 * strength))
    offset = rng.normal(0, 0.06 * strength)
    table = np.clip((ramp**gamma) * gain + offset, 0, 1) * 255
    toned = cv2.LUT(rgb, table.astype(np.uint8)[None])
    if rng.random() < 0.08:
        share = 0.0
    elif rng.random() < 0.6:
        share = float(np.exp(rng.normal(0, 0.35 * strength)))
    else:
        return toned.astype(np.uint8, copy=False)
    matrix = share * np.eye(3, dtype=np.float32) + (1 - share) * LUMA[None]
    turned = _hue(rng, 0.15 * strength) @ matrix if rng.random() < 0.5 else matrix
    return cv2.transform(toned, turned).astype(np.uint8, copy=False)


def degrade(rng: Generator, rgb: Image) -> Image:
    """A random choice of defocus, enlargement from a thumbnail, sensor noise and JPEG artefacts."""
    if rng.random() < 0.15:
        rgb = _blur(rng, rgb)
    if rng.random() < 0.12:
        rgb = _enlarge(rng, rgb)
    if rng.random() < 0.25:
        rgb = _noise(rng, rgb)
    if rng.random() < 0.3:
        rgb = _jpeg(rng, rgb)
    return rgb


def flip(rng: Generator, sample: Sample) -> Sample:
    if rng.random() < 0.5:
        return sample
    planes = (sample.rgb, sample.alpha, sample.weight)
    return Sample(*(np.ascontiguousarray(plane[:, ::-1]) for plane in planes))


def _crop_with_foreground(rng: Generator, alpha: Image) -> NDArray[np.float32]:
    """Left, top, width and height of a crop; it retries a few times to keep most of the subject."""
    height, width = alpha.shape
    total = float((alpha > 127).sum()) + 1
    for _ in range(6):
        share = (
            rng.uniform(0.4, 1.15, 2) if rng.random() < 0.6 else np.full(2, rng.uniform(0.85, 1.1))
        )
        w, h = share * (width, height)
        left, top = rng.uniform(0, 1, 2) * (width - w, height - h)
        inside = alpha[max(0, int(top)) : int(top + h), max(0, int(left)) : int(left + w)] > 127
        kept, filled = inside.sum() / total, inside.mean()
        if kept > 0.35 and 0.04 < filled < 0.9:
            return np.array([left, top, w, h], np.float32)
    return np.array([0, 0, width, height], np.float32)


def _square_to_box(rng: Generator, box: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The affine map from the square's pixels to the photo's, with a small rotation."""
    left, top, width, height = (float(v) for v in box)
    angle = rng.normal(0, 0.12) if rng.random() < 0.5 else 0.0
    scale = np.diag([width / size, height / size])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ scale
    centre = np.array([left + width / 2, top + height / 2])
    shift = centre - linear @ np.array([size / 2, size / 2])
    matrix: NDArray[np.float32] = np.hstack([linear, shift[:, None]]).astype(np.float32)
    return matrix


def _hue(rng: Generator, spread: float) -> NDArray[np.float32]:
    """The rotation matrix about the grey axis."""
    angle = rng.normal(0, spread * np.pi)
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.cross(np.eye(3), axis)
    turned = np.cos(angle) * np.eye(3) + np.sin(angle) * cross
    turned += (1 - np.cos(angle)) * np.outer(axis, axis)
    matrix: NDArray[np.float32] = turned.astype(np.float32)
    return matrix


def _blur(rng: Generator, rgb: Image) -> Image:
    if rng.random() < 0.7:
        return cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 2.0))).astype(np.uint8)
    length = int(rng.integers(3, 9))
    kernel = np.zeros((length, length), np.float32)
    if rng.random() < 0.5:
        kernel[length // 2] = 1 / length
    else:
        kernel[:, length // 2] = 1 / length
    return cv2.filter2D(rgb, -1, kernel).astype(np.uint8, copy=False)


def _enlarge(rng: Generator, rgb: Image) -> Image:
    size = rgb.shape[0]
    small = max(16, int(size * rng.uniform(0.35, 0.8)))
    reduced = cv2.resize(rgb, (small, small), interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (size, size), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _noise(rng: Generator, rgb: Image) -> Image:
    grain = rng.standard_normal(rgb.shape, np.float32) * np.float32(rng.uniform(1, 14))
    return to_image(rgb + grain)


def _jpeg(rng: Generator, rgb: Image) -> Image:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
    done, data = cv2.imencode(".jpg", rgb, quality)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    return rgb if decoded is None else to_image(decoded)
