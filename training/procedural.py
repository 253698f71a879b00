"""Procedural pictures: textures for backgrounds, and shapes for foregrounds of no particular
kind.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.photos import Image, to_image


def colour(rng: Generator) -> Image:
    return rng.integers(0, 256, 3).astype(np.uint8)


def texture(rng: Generator, size: int) -> Image:
    """One of several background textures, from a plain wall to busy clutter."""
    makers = (_plain, _gradient, _gradient, _clouds, _clouds, _stripes, _clutter)
    return makers[rng.integers(len(makers))](rng, size)


def backdrop(rng: Generator, size: int) -> Image:
    """Pictures without a subject: a wall, a gradient, a sky with clouds over a darker land."""
    makers = (_plain, _gradient, _gradient, _clouds, _sky, _sky, _sky)
    return makers[rng.integers(len(makers))](rng, size)


def shape(rng: Generator, size: int) -> Image:
    """Alpha of a random solid: a blob, a polygon, an ellipse or a frame with a hole."""
    makers = (_blob, _polygon, _ellipse, _ring)
    alpha = makers[rng.integers(len(makers))](rng, size)
    return to_image(cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.5, 1.2))))


def shade(rng: Generator, rgb: Image, alpha: Image) -> Image:
    """Light from one side and a darker rim, which give a flat texture the look of a body."""
    size = rgb.shape[0]
    angle = rng.uniform(0, 2 * np.pi)
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    light = 1 + rng.uniform(0, 0.5) * (np.cos(angle) * axis[None] + np.sin(angle) * axis[:, None])
    depth = cv2.distanceTransform((alpha > 127).astype(np.uint8), cv2.DIST_L2, 3)
    rim = 1 - rng.uniform(0, 0.5) * np.exp(-depth / rng.uniform(2, 12))
    return to_image(rgb * (light * rim)[..., None])


def _plain(rng: Generator, size: int) -> Image:
    base = rng.integers(100, 256) if rng.random() < 0.5 else rng.integers(0, 256, 3)
    noise = rng.normal(0, rng.uniform(0, 6), (size, size, 1))
    return to_image(np.broadcast_to(base, (size, size, 3)) + noise)


def _gradient(rng: Generator, size: int) -> Image:
    corners = rng.integers(0, 256, (2, 2, 3)).astype(np.float32)
    if rng.random() < 0.6:
        corners = corners.mean((0, 1)) + (corners - corners.mean((0, 1))) * 0.25
    grown = cv2.resize(corners, (size, size), interpolation=cv2.INTER_LINEAR)
    return to_image(grown)


def _clouds(rng: Generator, size: int) -> Image:
    """Noise of several scales, tinted between two colours."""
    field = np.zeros((size, size), np.float32)
    cells = int(rng.integers(2, 6))
    for octave in range(int(rng.integers(2, 6))):
        count = min(size, cells * 2**octave)
        layer = rng.random((count, count), dtype=np.float32)
        grown = cv2.resize(layer, (size, size), interpolation=cv2.INTER_CUBIC)
        field = field + grown.astype(np.float32) / 1.6**octave
    field = np.clip((field - field.mean()) / (4 * field.std() + 1e-6) + 0.5, 0, 1)[..., None]
    return to_image(field * colour(rng) + (1 - field) * colour(rng))


def _sky(rng: Generator, size: int) -> Image:
    """Light above, at times clouds in it, and often a horizon with land or water below."""
    top, low = rng.uniform(60, 200, 3), rng.uniform(150, 256, 3)
    fall = np.linspace(0, 1, size, dtype=np.float32)[:, None, None] ** rng.uniform(0.5, 2)
    above = np.broadcast_to((1 - fall) * top + fall * low, (size, size, 3)).astype(np.float32)
    if rng.random() < 0.6:
        veil = cv2.cvtColor(_clouds(rng, size), cv2.COLOR_RGB2GRAY)[..., None] / np.float32(255)
        above = above + rng.uniform(0.2, 0.9) * veil**2 * (np.float32(250) - above)
    if rng.random() < 0.4:
        return to_image(above)
    below = rng.uniform(0, 170, 3).astype(np.float32) + 0.25 * _clouds(rng, size)
    wave = rng.normal(0, 0.02, 5).cumsum() * size * rng.integers(0, 2)
    edge = cv2.resize(wave[None].astype(np.float32), (size, 1), interpolation=cv2.INTER_CUBIC)
    horizon = size * rng.uniform(0.3, 0.95) + edge
    share = np.clip((np.arange(size)[:, None] - horizon) / rng.uniform(1, 12) + 0.5, 0, 1)
    return to_image(above + share[..., None] * (below - above))


def _stripes(rng: Generator, size: int) -> Image:
    """Planks, tiles or fences: a wave, or the product of two."""
    angle, period = rng.uniform(0, np.pi), rng.uniform(6, size / 2)
    axis = np.arange(size, dtype=np.float32)
    along = np.cos(angle) * axis[None] + np.sin(angle) * axis[:, None]
    across = -np.sin(angle) * axis[None] + np.cos(angle) * axis[:, None]
    wave = np.sin(2 * np.pi * along / period)
    if rng.random() < 0.5:
        wave = wave * np.sin(2 * np.pi * across / (period * rng.uniform(0.5, 2)))
    field = np.clip(wave * rng.uniform(0.5, 6) + 0.5, 0, 1)[..., None]
    return to_image(field * colour(rng) + (1 - field) * colour(rng))


def _clutter(rng: Generator, size: int) -> Image:
    """Many overlapping shapes, blurred like a room or a street out of focus."""
    ground = _gradient(rng, size)
    for _ in range(int(rng.integers(8, 30))):
        centre = tuple(int(v) for v in rng.integers(0, size, 2))
        axes = tuple(int(v) for v in rng.integers(4, size // 3, 2))
        tone = tuple(int(v) for v in colour(rng))
        if rng.random() < 0.5:
            cv2.ellipse(ground, centre, axes, float(rng.uniform(0, 180)), 0, 360, tone, -1)
        else:
            corner = (centre[0] + axes[0], centre[1] + axes[1])
            cv2.rectangle(ground, centre, corner, tone, -1)
    return cv2.GaussianBlur(ground, (0, 0), float(rng.uniform(0.6, 8))).astype(np.uint8)


def _outline(rng: Generator, size: int, radii: NDArray[np.float64]) -> Image:
    turns = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    stretch = rng.uniform(0.5, 1.0, 2)
    points = np.stack([np.cos(turns) * stretch[0], np.sin(turns) * stretch[1]], 1) * radii[:, None]
    canvas = np.zeros((size, size), np.uint8)
    cv2.fillPoly(canvas, [((points + 1) * size / 2).astype(np.int32)], 255)
    return canvas


def _blob(rng: Generator, size: int) -> Image:
    turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radii = np.ones_like(turns)
    for wave in range(1, int(rng.integers(3, 12))):
        radii += rng.normal(0, 0.4 / wave) * np.cos(wave * turns + rng.uniform(0, 2 * np.pi))
    radii = np.clip(radii, 0.2, None)
    return _outline(rng, size, 0.95 * radii / radii.max())


def _polygon(rng: Generator, size: int) -> Image:
    return _outline(rng, size, rng.uniform(0.4, 0.95, int(rng.integers(3, 12))))


def _ellipse(rng: Generator, size: int) -> Image:
    return _outline(rng, size, np.full(120, 0.95))


def _ring(rng: Generator, size: int) -> Image:
    outer = _blob(rng, size) if rng.random() < 0.5 else _ellipse(rng, size)
    centre = (size // 2, size // 2)
    cv2.circle(outer, centre, int(size * rng.uniform(0.08, 0.28)), 0, -1)
    return outer
