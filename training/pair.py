"""The pair of networks whose logits are fused into one answer: `python -m training.pair`.

The network with two views is best on people, pets and objects, the wide network on the hundred
other kinds that it learned from. A network gives soft answers on what it does not know, so each
network's logits are weighted by how little of its whole answer is soft. The weighted mean is
doubled, as a sum of two logits would be: where both networks agree the answer is more certain than
either, and the inside of a subject is opaque. The weights are stored in half precision, which
halves the file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from training.checkpoint import load_weights, save_weights
from training.model import Network
from training.wide import WideNetwork

VIEWS, WIDE, SHARES = "views.", "wide.", "shares"
LOGIT_LIMIT = 7.0
SOFTNESS_FLOOR = 0.05  # added to the softness, so that a hard answer's weight stays finite
SHARPENING = 2.0


class Pair(nn.Module):
    """Both networks; `shares` are constant factors of their weights."""

    shares: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.views = Network()
        self.wide = WideNetwork()
        self.register_buffer(SHARES, torch.ones(2))

    def forward(self, rgb: Tensor) -> Tensor:
        predictions = (self.views.predict(rgb), self.wide.predict(rgb))
        logits = [p.logits.clamp(-LOGIT_LIMIT, LOGIT_LIMIT) for p in predictions]
        weights = [
            share * confidence(each) for share, each in zip(self.shares, logits, strict=True)
        ]
        weighted = weights[0] * logits[0] + weights[1] * logits[1]
        return torch.sigmoid(SHARPENING * weighted / (weights[0] + weights[1]))


def confidence(logits: Tensor) -> Tensor:
    """The inverse square of the softness of each answer, relative to the size of its subject."""
    alpha = torch.sigmoid(logits)
    soft = (alpha * (1 - alpha)).sum((1, 2, 3), keepdim=True)
    softness = soft / (alpha.sum((1, 2, 3), keepdim=True) + 1)
    return (SOFTNESS_FLOOR + softness) ** -2


def join(
    views: dict[str, Tensor], wide: dict[str, Tensor], shares: tuple[float, float]
) -> dict[str, Tensor]:
    """The weights of a pair, in half precision."""
    values = {f"{VIEWS}{name}": value for name, value in views.items()}
    values |= {f"{WIDE}{name}": value for name, value in wide.items()}
    values[SHARES] = torch.tensor(shares)
    return {name: value.half() for name, value in values.items()}


def member(weights: dict[str, Tensor], scope: str) -> dict[str, Tensor]:
    """The weights of one network of a pair, or all of them where there is no pair."""
    if SHARES not in weights:
        return weights
    return {name[len(scope) :]: v for name, v in weights.items() if name.startswith(scope)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=Path, required=True, help=".npz, its own or of a pair")
    parser.add_argument("--wide", type=Path, required=True, help=".npz, its own or of a pair")
    parser.add_argument("--shares", type=float, nargs=2, default=(1.0, 1.0))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    views = member(load_weights(args.views), VIEWS)
    wide = member(load_weights(args.wide), WIDE)
    values = join(views, wide, tuple(args.shares))
    save_weights(args.out, values)
    print(f"{sum(value.numel() for value in values.values()):,} weights")


if __name__ == "__main__":
    main()
