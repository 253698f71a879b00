"""Several models that look at one photo, and answer together."""

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

# Added to a model's softness, so that one that is quite sure of itself does not decide alone.
_DOUBT = 0.05


class MemberFailed(ModelUnavailable):
    """One of the models could not compute; `model` says which."""

    def __init__(self, model: str, message: str) -> None:
        super().__init__(message)
        self.model = model


@dataclass(frozen=True, slots=True)
class Member:
    """A loaded model and its part in the fusion."""

    predictor: LocalPredictor
    part: Part

    def looks(self, recipe: Recipe) -> Recipe:
        return replace(recipe, scales=self.part.scales, flip=self.part.flip)

    def answer(self, rgb: Pixels, recipe: Recipe) -> Floats:
        try:
            found = self.predictor.answer(rgb, self.looks(recipe))
        except ModelUnavailable as error:
            raise MemberFailed(self.part.model, error.message) from error
        return tempered(found, self.part.temperature)


class Ensemble:
    """A predictor made of several. Each answer counts by its part's weight and its own certainty.

    Each member looks as its part says, whatever the recipe's scales are.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = tuple(members)
        self.name = "+".join(member.predictor.name for member in members)

    @property
    def engine(self) -> str:
        return " + ".join(dict.fromkeys(member.predictor.engine for member in self._members))

    def input_side(self, recipe: Recipe) -> int:
        return max(member.predictor.input_side(member.looks(recipe)) for member in self._members)

    def predict(self, rgb: Pixels, recipe: Recipe) -> Floats:
        """Raises MemberFailed."""
        answers = [member.answer(rgb, recipe) for member in self._members]
        return decided(blended(answers, [member.part.weight for member in self._members]))


def assemble(tier: TierSpec, found: Found, load: Load) -> Predictor | None:
    """The predictor of a tier: its first model that loads, or the fusion that this is part of.

    `found` are the tier's models that are here, first choice first. `load` gives None for one that
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


def blended(answers: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """The weighted mean of likelihoods 0…1, at the size of the largest.

    A soft answer is an unsure one, and counts less by the square of its softness. When the mean
    finds nothing although one of the models does, that model's answer stands: an empty answer is
    most often wrong.
    """
    side = max(max(answer.shape) for answer in answers)
    certain = np.array(weights) / (_DOUBT + np.array([softness(answer) for answer in answers])) ** 2
    shares = (certain / certain.sum()).astype(np.float32)
    enlarged = [_enlarged(answer, side) for answer in answers]
    mean = sum(share * answer for share, answer in zip(shares, enlarged, strict=True))
    blend: Floats = np.asarray(mean, dtype=np.float32)
    if shows_subject(blend):
        return blend
    believers = [number for number, answer in enumerate(enlarged) if shows_subject(answer)]
    return enlarged[max(believers, key=lambda number: shares[number])] if believers else blend


def tempered(answer: Floats, temperature: float) -> Floats:
    """Likelihoods 0…1 whose logits are divided by `temperature`; 0, 0.5 and 1 stay the same."""
    if temperature == 1:
        return answer
    # Resizing overshoots by a little, and a root of what is below zero is not a number.
    likely = np.clip(answer, 0, 1)
    yes = likely ** np.float32(1 / temperature)
    no = (1 - likely) ** np.float32(1 / temperature)
    softened: Floats = yes / (yes + no)
    return softened


def softness(answer: Floats) -> float:
    """How undecided an answer is: the sum of p · (1 − p) over the area found; 1 for an empty one,
    which would seem certain."""
    if not shows_subject(answer):
        return 1.0
    return float((answer * (1 - answer)).sum() / max(float(answer.sum()), 1.0))


def _is_replaced(part: Part | None, members: Mapping[str, Member]) -> bool:
    return part is not None and part.instead_of in members


def _enlarged(answer: Floats, side: int) -> Floats:
    if answer.shape == (side, side):
        return answer
    resized = cv2.resize(answer, (side, side), interpolation=cv2.INTER_CUBIC)
    clipped: Floats = np.clip(resized, 0, 1)
    return clipped
