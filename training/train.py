"""Train the built-in model: `python -m training.train --data DIR --out DIR --start FILE`."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.checkpoint import AveragedWeights, Progress, resume_run, save_run
from training.composite import Studio, bare_grounds
from training.labels import believable
from training.losses import imitation_loss, mask_loss
from training.model import Encoder, Network, Prediction
from training.photos import (
    Image,
    Kind,
    Photo,
    load_clutter,
    load_labelled,
    load_photos,
    read_cutouts,
)
from training.samples import Batch, Mixture, SampleStream, batches
from training.start import BACKBONE, start_from
from training.surfaces import sample_surfaces
from training.teacher import feature_teacher, ignore_other_objects
from training.wide import WideNetwork
from training.wide_start import start_wide_from

LONGEST_STEP = 20.0  # seconds; a longer step was suspended, and does not count as training time


@dataclass(frozen=True)
class Recipe:
    minutes: float
    batch: int = 8
    stages: tuple[tuple[int, float], ...] = ((240, 0.7), (320, 1.0))  # size, until this share
    learning_rate: float = 1e-3
    encoder_share: float = 0.25
    weight_decay: float = 1e-4
    warm_up: int = 150
    falls_from: float = 0.0
    average_decay: float = 0.998
    imitation: float = 1.5
    least_object_iou: float = 0.88
    seed: int = 20
    workers: int = 1


@dataclass(frozen=True)
class Materials:
    """The training data."""

    photos: list[Photo]
    studio: Studio


@dataclass(frozen=True)
class Executor:
    """The threads that each process a part of a batch, on one device."""

    pool: ThreadPoolExecutor
    threads: int
    device: str
    teacher: Encoder | None


@dataclass
class Run:
    """The state that changes during training."""

    network: Network | WideNetwork
    parameters: list[nn.Parameter]
    average: AveragedWeights
    optimiser: torch.optim.Optimizer
    progress: Progress


class Losses(NamedTuple):
    mask: float
    imitation: float


class Answer(NamedTuple):
    gradients: tuple[Tensor, ...]
    losses: Losses


def main() -> None:
    args = _arguments()
    recipe = Recipe(
        minutes=args.minutes,
        seed=args.seed,
        batch=args.batch,
        workers=args.workers,
        learning_rate=args.learning_rate,
        stages=tuple(args.stage or Recipe.stages),
        falls_from=args.falls_from,
    )
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    photos = prepare_photos(args.data, recipe, args.without, args.judge)
    clutter: list[Image] = []
    if args.labels:
        photos += load_labelled(args.unlabelled, args.labels)
        clutter = load_clutter(args.unlabelled, args.labels)
    print(f"{len(photos)} photos with labels, {len(clutter)} without a subject", flush=True)
    materials = gather(args.data, photos, clutter)
    teacher = None
    if args.network == "two-views":
        teacher = feature_teacher(args.data / BACKBONE).to(args.device)
        network: Network | WideNetwork = two_views([args.data / BACKBONE, args.start])
    else:
        network = WideNetwork()
        start_wide_from(network, args.start)
        network.encoder.freeze()
    run = begin(network, args.out, recipe, args.device)
    (args.out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1))
    with ThreadPoolExecutor(args.threads) as pool:
        executor = Executor(pool, args.threads, args.device, teacher)
        torch.set_num_threads(1)
        train(run, recipe, materials, executor, args.out)


def prepare_photos(
    data: Path, recipe: Recipe, without: list[Kind], judge: Path | None
) -> list[Photo]:
    photos = load_photos(data / "train", without=[*without, Kind.OTHER])
    if judge is not None:
        photos = believable(photos, judge, recipe.least_object_iou)
    return ignore_other_objects(photos, data / BACKBONE)


def gather(data: Path, photos: list[Photo], clutter: list[Image]) -> Materials:
    cutouts = read_cutouts(data / "cutouts")
    studio = Studio(photos, cutouts, bare_grounds(photos), sample_surfaces(), clutter)
    return Materials(photos, studio)


def two_views(starts: list[Path]) -> Network:
    """The network with the weights from each start in turn."""
    network = Network()
    for start in starts:
        start_from(network, start)
    return network


def begin(network: Network | WideNetwork, out: Path, recipe: Recipe, device: str) -> Run:
    """Start with the network's weights, or go on with the run that is in `out`."""
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    parameters = [part for part in network.parameters() if part.requires_grad]
    optimiser = torch.optim.AdamW(_groups(network, recipe), weight_decay=recipe.weight_decay)
    average = AveragedWeights(network, recipe.average_decay)
    progress = resume_run(out, network, average, optimiser)
    return Run(network, parameters, average, optimiser, progress)


def train(run: Run, recipe: Recipe, materials: Materials, executor: Executor, out: Path) -> None:
    saved = time.monotonic()
    for stage, (size, until) in enumerate(recipe.stages):
        if _fraction(run.progress, recipe) >= until:
            continue
        seed = recipe.seed + 1000 * run.progress.step + stage
        stream = SampleStream(materials.photos, materials.studio, size, seed, Mixture())
        for fraction, losses in _steps(run, recipe, stream, executor):
            if run.progress.step % 50 == 0:
                _report(run.progress, fraction, size, losses)
            if time.monotonic() - saved > 120:
                save_run(out, run.network, run.average, run.optimiser, run.progress)
                saved = time.monotonic()
            if fraction >= until:
                break
        save_run(out, run.network, run.average, run.optimiser, run.progress)


def _steps(
    run: Run, recipe: Recipe, stream: SampleStream, executor: Executor
) -> Iterator[tuple[float, Losses]]:
    """Train step by step, yielding the used share of the time budget."""
    ticked = time.monotonic()
    for batch in batches(stream, recipe.batch, recipe.workers):
        fraction = _fraction(run.progress, recipe)
        _set_rates(run.optimiser, recipe, run.progress.step, fraction)
        losses = _step(run, recipe, executor, batch)
        now = time.monotonic()
        run.progress.seconds += min(LONGEST_STEP, now - ticked)
        run.progress.step += 1
        ticked = now
        yield _fraction(run.progress, recipe), losses


def _step(run: Run, recipe: Recipe, executor: Executor, batch: Batch) -> Losses:
    """One update; a batch is split into one part for each thread, which need one barrier only."""
    parts = list(zip(*(part.chunk(executor.threads) for part in batch), strict=True))
    answers = list(executor.pool.map(lambda part: _gradients(run, recipe, executor, part), parts))
    for parameter, *gradients in zip(run.parameters, *(a.gradients for a in answers), strict=True):
        parameter.grad = torch.stack(gradients).mean(0) if len(gradients) > 1 else gradients[0]
    nn.utils.clip_grad_norm_(run.parameters, 4.0)
    run.optimiser.step()
    run.average.update(run.network, run.progress.step)
    return Losses(
        *(sum(values) / len(values) for values in zip(*(a.losses for a in answers), strict=True))
    )


def _gradients(run: Run, recipe: Recipe, executor: Executor, part: tuple[Tensor, ...]) -> Answer:
    rgb, alpha, weight = (_to_device(values, executor.device) for values in part)
    prediction = run.network.predict(rgb)
    wrong = mask_loss(prediction, alpha, weight)
    strange = _imitation(prediction, executor.teacher)
    gradients = torch.autograd.grad(wrong + recipe.imitation * strange, run.parameters)
    return Answer(gradients, Losses(float(wrong.detach()), float(strange.detach())))


def _imitation(prediction: Prediction, teacher: Encoder | None) -> Tensor:
    if teacher is None:
        return torch.zeros(())
    with torch.no_grad():
        wanted = teacher(prediction.far)[-1]
    return imitation_loss(prediction.features, wanted)


def _groups(network: Network | WideNetwork, recipe: Recipe) -> list[dict[str, object]]:
    """Parameter groups: the pretrained encoder learns more slowly than the rest."""
    encoder = [part for part in network.encoder.parameters() if part.requires_grad]
    known = {id(part) for part in network.encoder.parameters()}
    rest = [p for p in network.parameters() if p.requires_grad and id(p) not in known]
    return [
        {"params": encoder, "share": recipe.encoder_share, "lr": 0.0},
        {"params": rest, "share": 1.0, "lr": 0.0},
    ]


def _set_rates(
    optimiser: torch.optim.Optimizer, recipe: Recipe, step: int, fraction: float
) -> None:
    """The schedule: a short warm-up, a constant rate, and half a cosine in the last part.

    A run that holds its rate can be continued for longer than was planned when it began.
    """
    falling = max(0.0, min(1.0, fraction) - recipe.falls_from) / (1 - recipe.falls_from)
    cosine = 0.01 + 0.99 * (1 + math.cos(math.pi * falling)) / 2
    rate = recipe.learning_rate * min(1.0, (step + 1) / recipe.warm_up) * cosine
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]


def _fraction(progress: Progress, recipe: Recipe) -> float:
    return progress.seconds / (60 * recipe.minutes)


def _to_device(part: Tensor, device: str) -> Tensor:
    moved = part.to(device).float() / 255
    return moved.contiguous(memory_format=torch.channels_last)


def _report(progress: Progress, fraction: float, size: int, losses: Losses) -> None:
    print(
        f"step {progress.step} {progress.seconds:.0f}s {fraction:.1%} size {size} "
        f"mask {losses.mask:.4f} imitation {losses.imitation:.4f}",
        flush=True,
    )


def _stage(given: str) -> tuple[int, float]:
    size, until = given.split(":")
    return int(size), float(until)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="continues if a run is there")
    parser.add_argument("--start", type=Path, required=True, help=".tflite, .onnx or .npz")
    parser.add_argument("--judge", type=Path, help=".onnx model that sorts out bad object masks")
    parser.add_argument("--without", type=Kind, action="append", default=[])
    parser.add_argument("--unlabelled", type=Path, help="folder of photos that --labels belong to")
    parser.add_argument("--labels", type=Path, help="folder that `training.label` filled")
    parser.add_argument("--minutes", type=float, default=60, help="time budget")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--batch", type=int, default=Recipe.batch)
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate)
    parser.add_argument(
        "--stage",
        type=_stage,
        action="append",
        help="SIZE:UNTIL, pictures of that size until that share of the time; again for the next",
    )
    parser.add_argument(
        "--falls-from",
        type=float,
        default=Recipe.falls_from,
        help="share of the time after which the rate falls",
    )
    parser.add_argument("--network", choices=("two-views", "wide"), default="two-views")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=Recipe.workers)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    return parser.parse_args()


if __name__ == "__main__":
    main()
