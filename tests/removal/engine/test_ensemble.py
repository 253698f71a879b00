from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from removal.engine.catalogue import BUILT_IN, MODELS
from removal.engine.ensemble import Ensemble, Member, MemberFailed, assemble, blended, tempered
from removal.engine.errors import ModelUnavailable
from removal.engine.tiers import TIERS, Part
from removal.engine.types import Recipe
from tests.removal.engine.factories import Array, disc, photo

HERE = Path("model.onnx")


@dataclass
class Fake:
    """A model that finds a disc, and remembers how it was asked."""

    name: str
    level: float = 1.0
    broken: bool = False
    asked: Recipe | None = None
    engine: str = "arithmetic"

    def input_side(self, recipe: Recipe) -> int:
        return round(160 * max(recipe.scales))

    def likelihood(self, rgb: Array, recipe: Recipe) -> Array:
        if self.broken:
            raise ModelUnavailable("it failed to run")
        self.asked = recipe
        return disc(160, 160) * np.float32(self.level)

    def predict(self, rgb: Array, recipe: Recipe) -> Array:
        return self.likelihood(rgb, recipe)


def assembled(tier: str, *names: str, damaged: str = "") -> str:
    """The name of the predictor that a tier gets where these models are."""
    found = [(MODELS[name], HERE) for name in TIERS[tier].models if name in names]
    made = assemble(TIERS[tier], found, lambda s, _: None if s.name == damaged else Fake(s.name))
    return made.name if made else ""


class TestAssembling:
    @pytest.mark.parametrize(
        ("tier", "name"),
        [
            ("basic", "u2netp"),
            ("standard", "u2net+lumiku-lite"),
            ("professional", "u2net+u2netp+lumiku-lite"),
            ("industry", "u2net+u2netp+lumiku-lite"),
        ],
    )
    def test_with_the_free_models(self, tier: str, name: str) -> None:
        assert assembled(tier, "u2net", "u2netp", BUILT_IN) == name

    @pytest.mark.parametrize("tier", ["standard", "professional", "industry"])
    def test_with_the_small_one_alone(self, tier: str) -> None:
        assert assembled(tier, "u2netp", BUILT_IN) == "u2netp+lumiku-lite"

    @pytest.mark.parametrize("tier", TIERS)
    def test_with_nothing_but_the_built_in_model(self, tier: str) -> None:
        assert assembled(tier, BUILT_IN) == BUILT_IN

    def test_a_better_model_works_alone(self) -> None:
        names = ("birefnet-general", "u2net", "u2netp", BUILT_IN)
        assert assembled("professional", *names) == "birefnet-general"

    def test_a_file_that_does_not_load_is_left_out(self) -> None:
        names = ("u2net", "u2netp", BUILT_IN)
        assert assembled("professional", *names, damaged="u2netp") == "u2net+lumiku-lite"
        assert assembled("standard", *names, damaged="u2net") == "u2netp+lumiku-lite"

    def test_with_no_model_at_all(self) -> None:
        assert assembled("basic", BUILT_IN, damaged=BUILT_IN) == ""


class TestAsking:
    def test_each_model_looks_as_its_part_says(self) -> None:
        near, far = Fake("u2net"), Fake(BUILT_IN)
        parts = (Part("u2net", 0.5), Part(BUILT_IN, 0.5, scales=(1.0, 1.25), flip=True))
        pair = Ensemble([Member(near, parts[0]), Member(far, parts[1])])
        pair.predict(photo(), Recipe(scales=(2.0,), guided_size=7))
        assert near.asked == Recipe(guided_size=7)
        assert far.asked == Recipe(scales=(1.0, 1.25), flip=True, guided_size=7)
        assert pair.input_side(Recipe(scales=(2.0,))) == 200

    def test_a_model_that_fails_is_named(self) -> None:
        parts = (Part("u2net", 0.5), Part(BUILT_IN, 0.5))
        pair = Ensemble(
            [Member(Fake(BUILT_IN), parts[1]), Member(Fake("u2net", broken=True), parts[0])]
        )
        with pytest.raises(MemberFailed) as failure:
            pair.predict(photo(), Recipe())
        assert failure.value.model == "u2net"


class TestBlending:
    def test_an_unsure_answer_counts_less(self) -> None:
        sure = np.zeros((10, 10), np.float32)
        sure[:5] = 1
        unsure = np.full((10, 10), 0.6, np.float32)
        blend = blended([sure, unsure], [0.5, 0.5])
        assert blend[0, 0] > 0.9
        assert blend[9, 9] < 0.1

    def test_weights_count_between_answers_that_are_as_sure(self) -> None:
        left, right = np.zeros((2, 10, 10), np.float32)
        left[:, :5] = right[:, 5:] = 1
        blend = blended([left, right], [0.7, 0.3])
        assert blend[0, 0] == pytest.approx(0.7)
        assert blend[0, 9] == pytest.approx(0.3)

    def test_an_empty_answer_hides_no_subject(self) -> None:
        found, nothing = disc(20, 20), np.zeros((20, 20), np.float32)
        assert blended([nothing, found], [0.9, 0.1])[10, 10] > 0.9

    def test_answers_that_do_not_meet_leave_the_surest(self) -> None:
        spots = np.zeros((3, 9, 9), np.float32)
        for number, spot in enumerate(spots):
            spot[number * 3, number * 3] = 0.9
        assert blended([*spots], [0.3, 0.4, 0.3]).max() == pytest.approx(0.9)

    def test_nothing_anywhere_stays_nothing(self) -> None:
        nothing = np.zeros((8, 8), np.float32)
        assert blended([nothing, nothing], [0.5, 0.5]).max() == 0

    def test_the_largest_answer_sets_the_size(self) -> None:
        assert blended([disc(20, 20), disc(30, 30)], [0.5, 0.5]).shape == (30, 30)


def test_weights_of_every_fusion_add_up_to_one() -> None:
    for tier in TIERS.values():
        first = [part.weight for part in tier.fusion if not part.instead_of]
        assert not first or sum(first) == pytest.approx(1)
        assert {part.model for part in tier.fusion} <= set(tier.models)


def test_a_temperature_softens_an_answer_and_keeps_what_it_says() -> None:
    answer = np.array([[0.0, 0.1, 0.5, 0.9, 1.0]], dtype=np.float32)
    softened = tempered(answer, 2.0)
    assert softened.tolist()[0] == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
    assert tempered(answer, 1.0) is answer


def test_a_temperature_takes_answers_that_overshoot() -> None:
    answer = np.array([[-0.01, 1.01]], dtype=np.float32)
    assert tempered(answer, 1.5).tolist() == [[0.0, 1.0]]
