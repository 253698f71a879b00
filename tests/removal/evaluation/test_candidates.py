from pathlib import Path

import numpy as np
import pytest

from removal.engine import pipeline, registry, session
from removal.engine.errors import ModelUnavailable
from removal.engine.types import Options
from removal.evaluation.candidates import Candidate, candidates
from tests.removal.engine.factories import encoded, opened, photo


def offered(home: Path, *, tiers: bool = False) -> dict[str, Candidate]:
    found = candidates(
        model_home=home, allow_noncommercial=False, tiers=tiers, threads=1, fast=False
    )
    return {one.name: one for one in found}


def test_installed_candidates_are_found(tmp_path: Path) -> None:
    (tmp_path / "u2netp.onnx").write_bytes(b"half of it")
    assert [*offered(tmp_path)] == ["grabcut", "lumiku-lite", "u2netp"]


def test_a_file_that_is_not_the_registered_one_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "u2netp.onnx").write_bytes(b"half of it")
    with pytest.raises(ModelUnavailable, match="not the registered one"):
        offered(tmp_path)["u2netp"].load()


@pytest.mark.parametrize("name", ["grabcut", "lumiku-lite"])
def test_masks_are_as_large_as_the_photo(name: str, tmp_path: Path) -> None:
    mask = offered(tmp_path)[name].load().segment(photo(90, 150))
    assert mask.shape == (90, 150)
    assert 0 <= mask.min() <= mask.max() <= 1


def test_each_one_says_what_computes_it(tmp_path: Path) -> None:
    engines = [one.load().engine for one in offered(tmp_path).values()]
    assert engines == ["opencv", "onnxruntime CPUExecutionProvider"]


@pytest.mark.parametrize("tier", registry.TIERS)
def test_a_tier_is_what_the_pipeline_makes_of_a_photo(tier: str, tmp_path: Path) -> None:
    rgb = photo(900, 1100)
    spec, path = registry.choose(tier, requested="lumiku-lite")
    cutout = pipeline.remove(
        encoded(rgb),
        Options(mask_only=True),
        predictor=session.get_predictor(spec, path, fast=False),
        recipe=registry.TIERS[tier].recipe,
    )
    mask = offered(tmp_path, tiers=True)[f"lumiku-lite {tier}"].load().segment(rgb)
    assert np.array_equal(np.rint(mask * 255), opened(cutout.data))


def test_tiers_only_when_asked_for(tmp_path: Path) -> None:
    tiers = {*registry.TIERS, *(f"lumiku-lite {tier}" for tier in registry.TIERS)}
    assert offered(tmp_path, tiers=True).keys() - offered(tmp_path).keys() == tiers
