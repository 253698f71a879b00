"""Alpha matting inside the uncertain band along the outline.

The closed-form energy of Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image
Matting" (TPAMI 2008), solved by conjugate gradients without ever building its matrix: by He, Sun
and Tang, "Fast Matting Using Large Kernel Matting Laplacian Matrices" (CVPR 2010), multiplying by
the matting Laplacian is the same as taking a mask minus its guided filtering.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from removal.engine.arrays import Floats, Pixels
from removal.engine.guided import Guide, applied, reduced

_CERTAIN = 0.05
_BAND_IN_MODEL_PIXELS = 1.0
_RADIUS, _EPSILON = 2, 1e-3
_KNOWN, _PRIOR = np.float32(10.0), np.float32(0.1)
_STEPS = 25


def matte(alpha: Pixels, rgb: Pixels, long_side: int, *, model_side: int) -> Pixels:
    """Matte alpha uint8 (H, W) against rgb (H, W, 3) at `long_side` pixels at most.

    `model_side` is the side of the model's mask; the band is a few of its pixels wide.
    """
    image, prior = reduced(rgb, long_side), reduced(alpha, long_side)
    reach = max(1, round(_BAND_IN_MODEL_PIXELS * max(prior.shape) / model_side))
    unknown = _unknown(prior, reach)
    if not unknown.any():
        return alpha
    guide = Guide(image, _RADIUS, _EPSILON)
    solved = _solve(guide, prior, np.where(unknown, _PRIOR, _KNOWN))
    size = alpha.shape[1], alpha.shape[0]
    undecided = cv2.resize(unknown.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return applied(guide.fit(solved), rgb, alpha, undecided=undecided)


def _unknown(prior: Floats, reach: int) -> NDArray[np.bool_]:
    """The band where neither subject nor background is certain: the outline widened by `reach`."""
    soft = ((prior > _CERTAIN) & (prior < 1 - _CERTAIN)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    unknown: NDArray[np.bool_] = cv2.dilate(soft, kernel).astype(np.bool_)
    return unknown


def _solve(guide: Guide, prior: Floats, weight: Floats) -> Floats:
    """Minimise the matting energy plus weight · (alpha − prior)², starting from the prior."""

    def multiplied(alpha: Floats) -> Floats:
        product: Floats = alpha - guide.smoothed(alpha) + weight * alpha
        return product

    alpha = prior.copy()
    residual = weight * prior - multiplied(alpha)
    direction, energy = residual.copy(), float(np.vdot(residual, residual))
    for _ in range(_STEPS):
        if energy < 1e-6 * alpha.size:
            break
        product = multiplied(direction)
        step = np.float32(energy / float(np.vdot(direction, product)))
        alpha += step * direction
        residual -= step * product
        previous, energy = energy, float(np.vdot(residual, residual))
        direction = residual + np.float32(energy / previous) * direction
    clipped: Floats = np.clip(alpha, 0, 1)
    return clipped
