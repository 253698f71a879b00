"""Decision: from the likelihood that a pixel belongs to the subject to its opacity.

Grey in the output of models that were trained on binary masks is uncertainty, not transparency.
Used as opacity it would make solid parts see-through and the background hazy.
"""

import cv2
import numpy as np

from removal.engine.arrays import Floats

# Likelihoods below the first are background, above the second subject; between lies the outline.
_NO, _YES = 0.25, 0.75
_HALF, _FAINT = 0.5, 0.05
# How far inside the outline nothing is transparent, in pixels of the model's mask; and how far
# outside of it hair may reach, before doubt fades to background.
_RIM, _REACH = 0.5, 1.5
_FRINGE, _FADE = 3.0, 6.0
# Islands that are this small beside the largest one, and small ones this far away from it (in
# sides of the mask), are no part of the subject.
_SPECK, _SMALL, _FAR = 0.01, 0.1, 0.125


def decided(likelihood: Floats) -> Floats:
    """Opacity 0…1 for likelihood 0…1, both (h, w): no haze, solid inside, without far specks.

    What is less likely than not is never filled, so that the gaps between spokes stay open.
    """
    alpha: Floats = np.clip((likelihood - _NO) / (_YES - _NO), 0, 1)
    return without_specks(_clear(_solid(alpha)))


def without_specks(alpha: Floats) -> Floats:
    """Drop the islands that are tiny beside the largest one, or small and far away from it."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((alpha > _FAINT).astype(np.uint8))
    if count <= 2:
        return alpha
    areas = boxes[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    largest = int(areas.argmax())
    away = cv2.distanceTransform((labels != largest).astype(np.uint8), cv2.DIST_L2, 5)
    nearest = np.full(count, np.inf)
    np.minimum.at(nearest, labels.reshape(-1).astype(np.intp), away.reshape(-1))
    share = areas / areas[largest]
    lost = (share < _SPECK) | ((share < _SMALL) & (nearest > _FAR * max(alpha.shape)))
    lost[0] = False
    kept: Floats = np.where(lost[labels.astype(np.intp)], np.float32(0), alpha)
    return kept


def _solid(alpha: Floats) -> Floats:
    """Opaque wherever it lies deeper inside the outline than the rim, which stays soft."""
    depth = cv2.distanceTransform((alpha > _HALF).astype(np.uint8), cv2.DIST_L2, 5)
    inside: Floats = np.maximum(alpha, np.clip((depth - _RIM) / _REACH, 0, 1))
    return inside


def _clear(alpha: Floats) -> Floats:
    """Nothing where it lies farther outside the outline than a fringe of hair, which stays."""
    away = cv2.distanceTransform((alpha <= _HALF).astype(np.uint8), cv2.DIST_L2, 5)
    outside: Floats = np.minimum(alpha, 1 - np.clip((away - _FRINGE) / _FADE, 0, 1))
    return outside
