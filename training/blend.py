"""The mean of a run's weights and earlier ones, of its start or on the way: `training.blend`.

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

    Parts that begin as nothing are nothing at such a start: their last layer is scaled down.
    """
    network = Network()
    start_from(network, start)
    known = _known(network, start)
    mixed = dict(tuned)
    for name, first in network.named_parameters():
        if name in known or name.split(".")[-2] == "project":
            mixed[name] = first.detach().lerp(tuned[name], share)
    return mixed


def _known(network: Network, start: Path) -> set[str]:
    """Names of the layers that the start has."""
    if start.suffix == ".npz":
        return {name for name, _ in network.named_parameters()}
    shared = {id(part) for layer in network.prototype_convs() for part in layer.parameters()}
    return {name for name, part in network.named_parameters() if id(part) in shared}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--start", type=Path, required=True, help="the .onnx or .npz to go back towards"
    )
    parser.add_argument("--weights", type=Path, required=True, help="the run's averaged weights")
    parser.add_argument("--share", type=float, default=0.5, help="how much of the run's weights")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    save_weights(args.out, blend(args.start, load_weights(args.weights), args.share))


if __name__ == "__main__":
    main()
