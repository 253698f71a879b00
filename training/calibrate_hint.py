"""Calibration of the weight of the published head's hint: `python -m training.calibrate_hint`.

A network that has memorised its photos does not learn to use the hint: `Network.hint` stays near
zero for hundreds of steps. But on photos unlike the training set the published head helps a lot. So
its weight is set here, along those features of the subject that raise the answer most.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from training.checkpoint import save_weights
from training.model import Network, Views
from training.photos import Kind, Photo, load_photos
from training.predict import to_input
from training.start import start_from

SIZE = 320
EVERY = 20  # every 20th photo is used: the direction is a mean, and fifty photos suffice
SETTLED = 3.0  # logits beyond this (0.95) need not move


def calibrate(network: Network, photos: list[Photo], strength: float, neutral: float) -> None:
    """Let a detected object raise the logits by `strength` x (its likelihood - `neutral`), on
    average.
    """
    raises = direction(network, photos)
    with torch.no_grad():
        network.hint.weight.copy_(strength * raises[:, None, None, None])
        if network.hint.bias is not None:
            network.hint.bias.copy_(-strength * neutral * raises)


def direction(network: Network, photos: list[Photo]) -> Tensor:
    """The vector to add to the 64 features everywhere so that the logits rise by 1 on average."""
    with torch.no_grad():
        views = [network.view(_picture(photo)) for photo in photos]
    slope = sum((_slope(network, view) for view in views), torch.zeros(network.hint.out_channels))
    unit = slope / slope.norm()
    with torch.no_grad():
        rises = [_rise(network, view, unit) for view in views]
    return unit * len(rises) / sum(rises)


def _slope(network: Network, views: Views) -> Tensor:
    subject = views.subject.clone().requires_grad_()
    unsettled = network.draw(subject, views).logits.clamp(-SETTLED, SETTLED)
    return torch.autograd.grad(unsettled.mean(), subject)[0].sum((0, 2, 3))


def _rise(network: Network, views: Views, unit: Tensor) -> float:
    half = unit[:, None, None] / 2
    above, below = (network.draw(views.subject + step, views).logits for step in (half, -half))
    return float((above - below).mean())


def _picture(photo: Photo) -> Tensor:
    return torch.from_numpy(to_input(photo.sample.rgb, SIZE))


def main() -> None:
    args = _arguments()
    network = Network()
    start_from(network, args.weights)
    photos = load_photos(args.data / "train", without=[*args.without, Kind.OTHER])
    calibrate(network, photos[::EVERY], args.strength, args.neutral)
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
