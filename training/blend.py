"""The mean of a run's weights and the model it started from: `python -m training.blend`.

Fine-tuning forgets a little of what the start knew; a point between the two often beats both.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torch import Tensor

from training.checkpoint import load_weights, save_weights
from training.model import Network
from training.start import start_from


def blend(start: Path, tuned: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """`share` of the tuned weights; layers that the start does not have are taken as they are.

    A correction is nothing at the start, so its last layer is scaled down instead.
    """
    network = Network()
    start_from(network, start)
    known = {id(part) for layer in network.prototype_convs() for part in layer.parameters()}
    mixed = dict(tuned)
    for name, first in network.named_parameters():
        if id(first) in known or name.split(".")[-2] == "project":
            mixed[name] = first.detach().lerp(tuned[name], share)
    return mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--start", type=Path, required=True, help="the .onnx that the run began with"
    )
    parser.add_argument("--weights", type=Path, required=True, help="the run's averaged weights")
    parser.add_argument("--share", type=float, default=0.5, help="how much of the run's weights")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    save_weights(args.out, blend(args.start, load_weights(args.weights), args.share))


if __name__ == "__main__":
    main()
