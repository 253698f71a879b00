"""Ensembles: several models whose masks of one photo are fused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import ModelSpec
from removal.engine.cleaning import shows_subject
from removal.engine.decision import decided
from removal.engine.errors import ModelUnavailable
from removal.engine.predictor import LocalPredictor, Predictor
from removal.engine.tiers import Part, TierSpec
from removal.engine.types import Recipe

Found = Iterable[tuple[ModelSpec, Path]]
Load = Callable[[ModelSpec, Path], LocalPredictor | None]

# Added to a mask's softness, so that a very certain one does not decide alone.
_LEAST_SOFTNESS = 0.05


class MemberFailed(ModelUnavailable):
    """One of the models could not compute; `model` is its name."""

    def __init__(self, model: str, message: str) -> None:
        super().__init__(message)
        self.model = model


@dataclass(frozen=True, slots=True)
class Member:
    """A loaded model and its part in the fusion."""

    predictor: LocalPredictor
    part: Part

    def recipe_for(self, recipe: Recipe) -> Recipe:
        return replace(recipe, scales=self.part.scales, flip=self.part.flip)

    def likelihood(self, rgb: Pixels, recipe: Recipe) -> Floats:
        try:
            found = self.predictor.likelihood(rgb, self.recipe_for(recipe))
        except ModelUnavailable as error:
            raise MemberFailed(self.part.model, error.message) from error
        return tempered(found, self.part.temperature)


class Ensemble:
    """A predictor made of several. Each mask counts by its part's weight and its own certainty.

    Each member uses the scales and the flip of its part, whatever those of the recipe are.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = tuple(members)
        self.name = "+".join(member.predictor.name for member in members)

    @property
    def engine(self) -> str:
        return " + ".join(dict.fromkeys(member.predictor.engine for member in self._members))

    def input_side(self, recipe: Recipe) -> int:
        return max(
            member.predictor.input_side(member.recipe_for(recipe)) for member in self._members
        )

    def predict(self, rgb: Pixels, recipe: Recipe) -> Floats:
        """The fused mask; raises MemberFailed."""
        masks = [member.likelihood(rgb, recipe) for member in self._members]
        return decided(blended(masks, [member.part.weight for member in self._members]))


def assemble(tier: TierSpec, found: Found, load: Load) -> Predictor | None:
    """The predictor of a tier: its first model that loads, or the fusion to which it belongs.

    `found` are the tier's installed models, first choice first. `load` returns None for one that
    cannot be loaded.
    """
    parts = {part.model: part for part in tier.fusion}
    members: dict[str, Member] = {}
    for spec, path in found:
        if (members and spec.name not in parts) or _is_replaced(parts.get(spec.name), members):
            continue
        predictor = load(spec, path)
        if predictor is None:
            continue
        if spec.name not in parts:
            return predictor
        members[spec.name] = Member(predictor, parts[spec.name])
    if len(members) > 1:
        return Ensemble([*members.values()])
    return next((member.predictor for member in members.values()), None)


def blended(masks: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """The weighted mean of likelihoods 0…1, at the size of the largest.

    A soft mask is an uncertain one, and counts less by the square of its softness. When the mean
    has no subject although one of the masks does, that mask is returned, because an empty mask is
    most often wrong.
    """
    side = max(max(mask.shape) for mask in masks)
    soft = np.array([softness(mask) for mask in masks])
    certain = np.array(weights) / (_LEAST_SOFTNESS + soft) ** 2
    shares = (certain / certain.sum()).astype(np.float32)
    enlarged = [_enlarged(mask, side) for mask in masks]
    mean = sum(share * mask for share, mask in zip(shares, enlarged, strict=True))
    blend: Floats = np.asarray(mean, dtype=np.float32)
    if shows_subject(blend):
        return blend
    found = [number for number, mask in enumerate(enlarged) if shows_subject(mask)]
    return enlarged[max(found, key=lambda number: shares[number])] if found else blend


def tempered(likelihood: Floats, temperature: float) -> Floats:
    """Likelihoods 0…1 whose logits are divided by `temperature`; 0, 0.5 and 1 stay the same."""
    if temperature == 1:
        return likelihood
    # Resizing overshoots by a little, and the root of a negative number is not a number.
    likely = np.clip(likelihood, 0, 1)
    yes = likely ** np.float32(1 / temperature)
    no = (1 - likely) ** np.float32(1 / temperature)
    softened: Floats = yes / (yes + no)
    return softened


def softness(mask: Floats) -> float:
    """Uncertainty of a mask: the sum of p · (1 − p) over the area found.

    An empty mask counts as 1; by the formula it would be certain.
    """
    if not shows_subject(mask):
        return 1.0
    return float((mask * (1 - mask)).sum() / max(float(mask.sum()), 1.0))


def _is_replaced(part: Part | None, members: Mapping[str, Member]) -> bool:
    return part is not None and part.instead_of in members


def _enlarged(mask: Floats, side: int) -> Floats:
    if mask.shape == (side, side):
        return mask
    resized = cv2.resize(mask, (side, side), interpolation=cv2.INTER_CUBIC)
    clipped: Floats = np.clip(resized, 0, 1)
    return clipped
