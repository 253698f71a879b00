"""Candidates of an evaluation: GrabCut, the installed models, the tiers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from removal.engine import registry, session
from removal.engine.ensemble import Found, Load, assemble
from removal.engine.errors import ModelUnavailable
from removal.engine.predictor import Predictor
from removal.engine.refine import refine
from removal.engine.tiers import TierSpec
from removal.engine.types import Recipe
from removal.evaluation.examples import as_mask, resized
from removal.evaluation.metrics import Mask

_GRABCUT_SIDE = 320
_GRABCUT_ROUNDS = 5
_GRABCUT_INSET = 0.05

Segment = Callable[[NDArray[np.uint8]], Mask]


@dataclass(frozen=True)
class Segmenter:
    """A function from uint8 RGB (H, W, 3) to a mask of the same height and width, and what
    computes it."""

    engine: str
    segment: Segment


@dataclass(frozen=True)
class Candidate:
    """A name, and how to load what it stands for. `load` raises ModelUnavailable."""

    name: str
    load: Callable[[], Segmenter]


def candidates(
    *, model_home: Path | None, allow_noncommercial: bool, tiers: bool, threads: int, fast: bool
) -> list[Candidate]:
    """GrabCut first, then the models that are present, each in a single plain pass.

    With `tiers` also what each tier makes of a photo where only the built-in model is here, and
    with all that is here.
    """
    # Not the process's shared predictors, which stay for good: here one must go before the next.
    load = partial(session.load, threads=threads, fast=fast)
    here = partial(
        registry.candidates, model_home=model_home, allow_noncommercial=allow_noncommercial
    )
    found = [Candidate("grabcut", lambda: Segmenter("opencv", grabcut))]
    for name in registry.MODELS:
        try:
            spec, path = registry.choose(
                "basic",
                model_home=model_home,
                allow_noncommercial=allow_noncommercial,
                requested=name,
            )
        except ModelUnavailable:
            continue
        found.append(Candidate(name, partial(_plain, partial(load, spec, path))))
    if tiers:
        built_in = partial(load, *registry.choose("basic", requested=registry.BUILT_IN))
        found += [
            Candidate(f"{registry.BUILT_IN} {tier}", partial(_refined, built_in, spec.recipe))
            for tier, spec in registry.TIERS.items()
        ]
        found += [
            Candidate(tier, partial(_of_tier, spec, [*here(tier)], load))
            for tier, spec in registry.TIERS.items()
        ]
    return found


def grabcut(rgb: NDArray[np.uint8]) -> Mask:
    """OpenCV's GrabCut, given only that the subject does not touch the outer five per cent."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _GRABCUT_SIDE / max(height, width))
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    small = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    x, y = max(1, round(size[0] * _GRABCUT_INSET)), max(1, round(size[1] * _GRABCUT_INSET))
    labels = np.zeros(small.shape[:2], np.uint8)
    cv2.setRNGSeed(0)
    cv2.grabCut(
        small,
        labels,
        (x, y, size[0] - 2 * x, size[1] - 2 * y),
        np.zeros((1, 65), np.float64),
        np.zeros((1, 65), np.float64),
        _GRABCUT_ROUNDS,
        cv2.GC_INIT_WITH_RECT,
    )
    subject = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return resized(subject, (width, height))


def _plain(load: Callable[[], Predictor]) -> Segmenter:
    predictor = load()

    def segment(rgb: NDArray[np.uint8]) -> Mask:
        return resized(predictor.predict(rgb, Recipe()), (rgb.shape[1], rgb.shape[0]))

    return Segmenter(predictor.engine, segment)


def _of_tier(tier: TierSpec, found: Found, load: Load) -> Segmenter:
    predictor = assemble(tier, found, load)
    if predictor is None:
        raise ModelUnavailable("none of its models is here")
    segmenter = _refined(lambda: predictor, tier.recipe)
    return Segmenter(f"{predictor.name} by {segmenter.engine}", segmenter.segment)


def _refined(load: Callable[[], Predictor], recipe: Recipe) -> Segmenter:
    """The pipeline from a decoded photo to its matte."""
    predictor = load()

    def segment(rgb: NDArray[np.uint8]) -> Mask:
        return as_mask(refine(predictor.predict(rgb, recipe), rgb, recipe))

    return Segmenter(predictor.engine, segment)
