"""Make a trained network listen to the published head: `python -m training.calibrate_hint`.

A network that knows its photos by heart has no reason to begin with it: `Network.hint` stays next
to nothing in hundreds of steps. But on photos unlike those the head's opinion is worth a lot. So
its weight is set here, along those features of the subject that raise the answer most.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from training.checkpoint import save_weights
from training.model import Looks, Network
from training.photos import Kind, Photo, load_photos
from training.predict import to_input
from training.start import start_from

SIZE = 320
EVERY = 20  # each so many photos are asked: the direction is a mean, and fifty photos give it
SETTLED = 3.0  # logits beyond it (0.95) need not move


def listen(network: Network, photos: list[Photo], strength: float, neutral: float) -> None:
    """Let a thing raise the logits by `strength` x (its likelihood - `neutral`), on average."""
    raises = direction(network, photos)
    with torch.no_grad():
        network.hint.weight.copy_(strength * raises[:, None, None, None])
        if network.hint.bias is not None:
            network.hint.bias.copy_(-strength * neutral * raises)


def direction(network: Network, photos: list[Photo]) -> Tensor:
    """What to add to the 64 features everywhere so that the logits rise by 1 on average."""
    with torch.no_grad():
        looks = [network.look(_picture(photo)) for photo in photos]
    slope = sum((_slope(network, look) for look in looks), torch.zeros(network.hint.out_channels))
    unit = slope / slope.norm()
    with torch.no_grad():
        rises = [_rise(network, look, unit) for look in looks]
    return unit * len(rises) / sum(rises)


def _slope(network: Network, looks: Looks) -> Tensor:
    subject = looks.subject.clone().requires_grad_()
    unsettled = network.draw(subject, looks).logits.clamp(-SETTLED, SETTLED)
    return torch.autograd.grad(unsettled.mean(), subject)[0].sum((0, 2, 3))


def _rise(network: Network, looks: Looks, unit: Tensor) -> float:
    half = unit[:, None, None] / 2
    above, below = (network.draw(looks.subject + step, looks).logits for step in (half, -half))
    return float((above - below).mean())


def _picture(photo: Photo) -> Tensor:
    return torch.from_numpy(to_input(photo.sample.rgb, SIZE))


def main() -> None:
    args = _arguments()
    network = Network()
    start_from(network, args.weights)
    photos = load_photos(args.data / "train", without=[*args.without, Kind.OTHER])
    listen(network, photos[::EVERY], args.strength, args.neutral)
    save_weights(args.out, network.state_dict())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/")
    parser.add_argument("--weights", type=Path, required=True, help="a run's .npz")
    parser.add_argument("--without", type=Kind, action="append", default=[])
    parser.add_argument("--strength", type=float, default=2.0, help="in logits")
    parser.add_argument("--neutral", type=float, default=0.4, help="likelihood that says nothing")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
