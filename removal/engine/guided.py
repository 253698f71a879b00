"""The guided filter, which fits a mask to the photo's edges.

He, Sun and Tang, "Guided Image Filtering" (TPAMI 2013), colour guide, equations 14–16, computed
at reduced size as in "Fast Guided Filter" (2015): the linear coefficients are found on a small
copy and applied to the full photo, here only where the mask is undecided.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from removal.engine.arrays import Floats, Pixels
from removal.engine.bands import band_of, strips
from removal.engine.scaling import area, fit_within, halved

_EPSILON = 1e-3
_RADIUS_IN_MODEL_PIXELS = 2.5
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_UNIT = np.float32(1 / 255)


@dataclass(frozen=True)
class Guide:
    """A photo, float32 (h, w, 3) in 0…1, that masks of its size are fitted to."""

    image: Floats
    radius: int
    epsilon: float = _EPSILON

    def fit(self, alpha: Floats) -> Floats:
        """Slope for R, G, B and offset at each pixel, averaged over the windows: (h, w, 4)."""
        mean_alpha = self._mean(alpha)
        spread = [
            self._mean(plane * alpha) - mean * mean_alpha
            for plane, mean in zip(self._planes, self._means, strict=True)
        ]
        slope = self._solve(spread)
        offset = mean_alpha - sum(a * mean for a, mean in zip(slope, self._means, strict=True))
        return self._mean(cv2.merge([*slope, offset]))

    def smoothed(self, alpha: Floats) -> Floats:
        """The mask as a linear function of the guide: float32 (h, w)."""
        fitted = self.fit(alpha)
        explained = (fitted[..., channel] * plane for channel, plane in enumerate(self._planes))
        return sum(explained, fitted[..., 3])

    @cached_property
    def _planes(self) -> list[Floats]:
        return [np.ascontiguousarray(plane) for plane in cv2.split(self.image)]

    @cached_property
    def _means(self) -> list[Floats]:
        return [self._mean(plane) for plane in self._planes]

    @cached_property
    def _inverse(self) -> list[Floats]:
        """Inverse colour covariance of each window, by the adjugate: rr, rg, rb, gg, gb, bb."""
        planes, means = self._planes, self._means
        covariance = [self._mean(planes[i] * planes[j]) - means[i] * means[j] for i, j in _PAIRS]
        for diagonal in (0, 3, 5):
            covariance[diagonal] += np.float32(self.epsilon)
        rr, rg, rb, gg, gb, bb = covariance
        a, b, c = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
        d, e, f = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
        scale = 1 / (rr * a + rg * b + rb * c)
        return [value * scale for value in (a, b, c, d, e, f)]

    def _solve(self, target: list[Floats]) -> list[Floats]:
        a, b, c, d, e, f = self._inverse
        red, green, blue = target
        return [
            a * red + b * green + c * blue,
            b * red + d * green + e * blue,
            c * red + e * green + f * blue,
        ]

    def _mean(self, values: Floats) -> Floats:
        side = 2 * self.radius + 1
        return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)


def guide(alpha: Pixels, rgb: Pixels, long_side: int, *, model_side: int) -> Pixels:
    """Refine alpha uint8 (H, W) along the edges of rgb (H, W, 3); decided pixels stay as they are.

    `model_side` is the side in pixels of the model's mask, which sets the radius.
    """
    image, small = reduced(rgb, long_side), reduced(alpha, long_side)
    radius = max(2, round(_RADIUS_IN_MODEL_PIXELS * max(small.shape) / model_side))
    return applied(Guide(image, radius).fit(small), rgb, alpha, undecided=alpha)


def reduced(pixels: Pixels, long_side: int) -> Floats:
    """Shrink uint8 pixels until the long side is at most `long_side`; float32 in 0…1."""
    size = fit_within(pixels.shape[1], pixels.shape[0], long_side)
    small: Floats = area(halved(pixels, min(size)), *size) * _UNIT
    return small


def applied(coefficients: Floats, rgb: Pixels, alpha: Pixels, *, undecided: Pixels) -> Pixels:
    """Alpha recomputed from the full photo wherever `undecided` uint8 (H, W) is 1…254."""
    refined = alpha.copy()
    for strip in strips(*alpha.shape):
        band = band_of(undecided, strip)
        if band is None:
            continue
        (slope_offset,) = band.sample(coefficients)
        colours = rgb[strip].reshape(-1, 3)[band.flat] * _UNIT
        fitted = np.einsum("nc,nc->n", colours, slope_offset[:, :3]) + slope_offset[:, 3]
        refined[strip].reshape(-1)[band.flat] = np.clip(fitted * 255 + np.float32(0.5), 0, 255)
    return refined
