"""The losses: pixels, with more weight on edges, the overlap of the whole shape, and softness."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from training.model import Prediction

EDGE_WEIGHT = 4.0
SIDE_WEIGHT = 0.3
SOFTNESS_WEIGHT = 0.3  # of answers that do not commit themselves
SOLID = 0.02  # so little of an outline's band is away from it


def mask_loss(prediction: Prediction, alpha: Tensor, weight: Tensor) -> Tensor:
    """The full-size loss plus the losses of the side outputs against a reduced truth."""
    total = _weighted(prediction.logits, alpha, weight, edge=9)
    for side in prediction.sides:
        size = (side.shape[2], side.shape[3])
        small = F.adaptive_avg_pool2d(alpha, size)
        counted = F.adaptive_avg_pool2d(weight, size)
        total = total + SIDE_WEIGHT * _weighted(side, small, counted, edge=3)
    return total


def imitation_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """One minus the cosine between features, position by position."""
    return 1 - F.cosine_similarity(student, teacher, dim=1).mean()


def _weighted(logits: Tensor, alpha: Tensor, weight: Tensor, edge: int) -> Tensor:
    emphasis = weight * (1 + EDGE_WEIGHT * _edge_band(alpha, edge))
    pixels = F.binary_cross_entropy_with_logits(logits, alpha, weight=emphasis, reduction="sum")
    guess = torch.sigmoid(logits)
    fit = pixels / (emphasis.sum() + 1) + _iou_loss(guess, alpha, weight)
    return fit + SOFTNESS_WEIGHT * softness(guess, alpha, weight, edge)


def softness(guess: Tensor, alpha: Tensor, weight: Tensor, edge: int) -> Tensor:
    """Softness of an answer away from outlines, from 0 to 1: a subject is solid."""
    away = _edge_band(alpha, 2 * edge + 1) < SOLID
    soft = 4 * guess * (1 - guess) * weight * away
    return soft.sum() / (weight.sum() + 1)


def _edge_band(alpha: Tensor, width: int) -> Tensor:
    """The weight of edges: one on an outline, falling to zero half a window away."""
    across = F.avg_pool2d(alpha, (1, width), 1, (0, width // 2), count_include_pad=False)
    local = F.avg_pool2d(across, (width, 1), 1, (width // 2, 0), count_include_pad=False)
    return 4 * local * (1 - local)


def _iou_loss(guess: Tensor, alpha: Tensor, weight: Tensor) -> Tensor:
    both = (guess * alpha * weight).sum((1, 2, 3))
    either = ((guess + alpha - guess * alpha) * weight).sum((1, 2, 3))
    return (1 - (both + 1) / (either + 1)).mean()
