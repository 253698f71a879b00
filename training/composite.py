"""Composites of cut-outs on other backgrounds, for variety that the photos lack."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training import augment, procedural
from training.photos import UNKNOWN, Image, Kind, Photo, Sample, to_image

COMPOUNDS = 0.3  # the share of composites whose subject is composed of several objects


@dataclass(frozen=True)
class Layer:
    """A foreground of its own size, to be placed in a picture."""

    rgb: Image
    alpha: Image
    weight: Image


@dataclass(frozen=True)
class Studio:
    """The source material of composites."""

    photos: list[Photo]
    cutouts: list[Image]
    grounds: list[Image]
    surfaces: list[Image]
    clutter: list[Image] = field(default_factory=list)

    @cached_property
    def objects(self) -> list[Photo]:
        return [photo for photo in self.photos if photo.kind is Kind.OBJECTS]

    def ground(self, rng: Generator, size: int) -> Image:
        """A real background, a real surface, or a procedural one."""
        chance = rng.random()
        if chance < 0.1 and self.clutter:
            return _patch(rng, self.clutter[rng.integers(len(self.clutter))], size)
        if chance < 0.62 and self.grounds:
            return self._real_ground(rng, size)
        if chance < 0.7 and self.surfaces:
            return _patch(rng, self.surfaces[rng.integers(len(self.surfaces))], size)
        return procedural.texture(rng, size)

    def layer(self, rng: Generator, size: int) -> Layer:
        """A foreground from a cut-out, a photo, or a procedural shape and texture."""
        chance = rng.random()
        if chance < 0.38 and self.cutouts:
            return self._drawn(rng)
        if chance < 0.76 and self.photos:
            return photo_layer(self.photos[rng.integers(len(self.photos))])
        return self._invented(rng, size)

    def thing(self, rng: Generator, size: int) -> Layer:
        """A part of a compound: a cut-out, a procedural shape, or an object from a photo."""
        chance = rng.random()
        if chance < 0.4 and self.cutouts:
            return self._drawn(rng)
        if chance < 0.6 and self.objects:
            return photo_layer(self.objects[rng.integers(len(self.objects))])
        return self._invented(rng, size)

    def _real_ground(self, rng: Generator, size: int) -> Image:
        picked = self.grounds[rng.integers(len(self.grounds))]
        ground = _patch(rng, picked, size)
        if rng.random() < 0.3:
            ground = cv2.GaussianBlur(ground, (0, 0), float(rng.uniform(0.8, 5))).astype(np.uint8)
        return ground

    def _drawn(self, rng: Generator) -> Layer:
        rgba = self.cutouts[rng.integers(len(self.cutouts))]
        alpha = np.ascontiguousarray(rgba[:, :, 3])
        return Layer(np.ascontiguousarray(rgba[:, :, :3]), alpha, np.full_like(alpha, 255))

    def _invented(self, rng: Generator, size: int) -> Layer:
        """A procedural shape, or the outline of a cut-out, filled with a texture of any origin."""
        side = size * 3 // 4
        alpha = procedural.shape(rng, side)
        if rng.random() < 0.5 and self.cutouts:
            outline = self.cutouts[rng.integers(len(self.cutouts))][:, :, 3]
            alpha = cv2.resize(outline, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
        rgb = procedural.shade(rng, self.ground(rng, side), alpha)
        return Layer(rgb, alpha, np.full_like(alpha, 255))


def compose(rng: Generator, studio: Studio, size: int) -> Sample:
    """A foreground on a background, with matched light, soft edges and at times shadows.

    At times the subject is composed of two or three objects that mostly overlap: an object with
    parts of many kinds, such as a motorcycle, is one subject. Photos of people and pets are never
    parts, because objects beside them do not belong to the subject.
    """
    sample = _bare(augment.recolour(rng, studio.ground(rng, size)))
    if rng.random() < COMPOUNDS:
        for _ in range(int(rng.integers(2, 4))):
            share = rng.uniform(0.3, 0.75)
            sample = place(rng, sample, studio.thing(rng, size), share)
        return sample
    return place(rng, sample, studio.layer(rng, size), rng.uniform(0.35, 1.15))


def empty(rng: Generator, studio: Studio, size: int) -> Sample:
    """A picture without a subject: clutter, or a made-up ground such as a sky or a wall."""
    if studio.clutter and rng.random() < 0.3:
        ground = _patch(rng, studio.clutter[rng.integers(len(studio.clutter))], size)
    else:
        ground = procedural.backdrop(rng, size)
    return _bare(augment.recolour(rng, ground))


def place(rng: Generator, under: Sample, layer: Layer, share: float) -> Sample:
    """Draw a layer over a sample, its longer side `share` of the picture."""
    size = under.alpha.shape[0]
    matrix = _placement(rng, layer.alpha.shape, size, share)
    shape = (size, size)
    rgb = cv2.warpAffine(layer.rgb, matrix, shape, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(layer.alpha, matrix, shape).astype(np.uint8)
    weight = cv2.warpAffine(layer.weight, matrix, shape, borderValue=255.0).astype(np.uint8)
    rgb = _fit_light(rng, augment.recolour(rng, rgb.astype(np.uint8)), alpha, under.rgb)
    alpha = _feather(rng, alpha)
    ground = _shadow(rng, under.rgb, alpha) if rng.random() < 0.35 else under.rgb
    blend = alpha.astype(np.float32)[..., None] / 255
    mixed = to_image(rgb * blend + ground * (1 - blend))
    return Sample(mixed, np.maximum(under.alpha, alpha), np.minimum(under.weight, weight))


def _bare(rgb: Image) -> Sample:
    """A picture without a subject."""
    side = rgb.shape[:2]
    return Sample(rgb, np.zeros(side, np.uint8), np.full(side, 255, np.uint8))


def photo_layer(photo: Photo) -> Layer:
    """The subject of a photo; an unknown border is half transparent and does not count."""
    sample = photo.sample
    box = cv2.boundingRect((sample.alpha > 0).astype(np.uint8))
    left, top, width, height = box
    window = (slice(top, top + height), slice(left, left + width))
    alpha = sample.alpha[window]
    weight = np.where(alpha == UNKNOWN, 0, 255).astype(np.uint8)
    if photo.kind is not Kind.PETS:
        alpha = cv2.erode(alpha, np.ones((3, 3), np.uint8)).astype(np.uint8)
    return Layer(np.ascontiguousarray(sample.rgb[window]), np.ascontiguousarray(alpha), weight)


def bare_grounds(photos: list[Photo], smallest: int = 72) -> list[Image]:
    """The background left and right of the subject, where a photo has enough of it."""
    found: list[Image] = []
    for photo in photos:
        columns = np.flatnonzero((photo.sample.alpha > 0).any(0))
        if not len(columns):
            continue
        rgb = photo.sample.rgb
        sides = (rgb[:, : max(0, int(columns[0]) - 6)], rgb[:, int(columns[-1]) + 7 :])
        found += [np.ascontiguousarray(side) for side in sides if side.shape[1] >= smallest]
    return found


def _patch(rng: Generator, rgb: Image, size: int) -> Image:
    """A random window of a picture, scaled to a square, at times mirrored into a wider one."""
    height, width = rgb.shape[:2]
    side = int(min(height, width) * rng.uniform(0.6, 1.0))
    wide = min(width, int(side * rng.uniform(0.8, 1.4)))
    tall = min(height, int(side * rng.uniform(0.8, 2.0)))
    left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1))
    window = rgb[top : top + tall, left : left + wide]
    if rng.random() < 0.5:
        window = window[:, ::-1]
    if tall > 1.3 * wide:
        window = np.concatenate([window, window[:, ::-1]], 1)
    resized = cv2.resize(window, (size, size), interpolation=cv2.INTER_LINEAR)
    return resized.astype(np.uint8, copy=False)


def _placement(
    rng: Generator, shape: tuple[int, ...], size: int, share: float
) -> NDArray[np.float32]:
    height, width = shape
    scale = share * size / max(height, width)
    squeeze = rng.uniform(0.8, 1.25)
    angle = rng.normal(0, 0.35) if rng.random() < 0.6 else 0.0
    across = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([across * scale * squeeze, scale])
    target = np.clip(rng.normal(0.5, 0.12, 2), 0.1, 0.9) * size
    shift = target - linear @ np.array([width / 2, height / 2])
    matrix: NDArray[np.float32] = np.hstack([linear, shift[:, None]]).astype(np.float32)
    return matrix


def _fit_light(rng: Generator, rgb: Image, alpha: Image, ground: Image) -> Image:
    """Often shift the mean colour towards the background's, so that the seam does not reveal the
    foreground.
    """
    inside = (alpha > 127).astype(np.uint8)
    if rng.random() < 0.5 or not inside.any():
        return rgb
    mine = np.array(cv2.mean(rgb, inside)[:3])
    theirs = np.array(cv2.mean(ground)[:3])
    step = rng.uniform(0.1, 0.7) * (theirs - mine)
    return to_image(rgb + step)


def _feather(rng: Generator, alpha: Image) -> Image:
    return cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.4, 1.4))).astype(np.uint8)


def _shadow(rng: Generator, ground: Image, alpha: Image) -> Image:
    """A soft cast shadow: dark, but not part of the subject."""
    size = alpha.shape[0]
    dx, dy = rng.normal(0, 0.05, 2) * size
    matrix = np.array([[1, 0, dx], [0, 1, abs(dy)]], np.float32)
    cast = cv2.warpAffine(alpha, matrix, (size, size))
    cast = cv2.GaussianBlur(cast, (0, 0), float(rng.uniform(2, 14)))
    strength = rng.uniform(0.15, 0.65) / 255
    return to_image(ground * (1 - strength * cast[..., None].astype(np.float32)))
