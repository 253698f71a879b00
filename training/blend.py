"""The weighted mean of a run's weights and earlier ones: `training.blend`.

Fine-tuning forgets a little of what the start knew; a point between the two often scores better
than both.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torch import Tensor

from training.checkpoint import load_weights, save_weights


def blend(start: dict[str, Tensor], tuned: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """`share` of the tuned weights, the rest the start's; ValueError if their layers differ."""
    if start.keys() != tuned.keys():
        raise ValueError(f"not the same layers: {sorted(start.keys() ^ tuned.keys())}")
    return {name: first.lerp(tuned[name], share) for name, first in start.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, required=True, help="the .npz to go back towards")
    parser.add_argument("--weights", type=Path, required=True, help="the run's averaged weights")
    parser.add_argument("--share", type=float, default=0.5, help="how much of the run's weights")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    mixed = blend(load_weights(args.start), load_weights(args.weights), args.share)
    save_weights(args.out, mixed)


if __name__ == "__main__":
    main()
