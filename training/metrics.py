"""The metrics of a mask, as the product measures them, against a stored truth with grey values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from removal.evaluation import metrics
from removal.evaluation.metrics import Scores
from training.photos import UNKNOWN, Image


def score(alpha: NDArray[np.float32], truth: Image) -> Scores:
    """Score `alpha` in 0..1 at the size (h, w) of the truth, which is 0, 255 or UNKNOWN."""
    return metrics.score(alpha, (truth > UNKNOWN).astype(np.float32), truth != UNKNOWN)
