import numpy as np
import pytest

from removal.engine.pipeline import remove
from removal.engine.registry import BUILT_IN, TIERS, choose
from removal.engine.session import get_predictor
from removal.engine.types import Options
from tests.removal.engine.factories import encoded, opened


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("level", [0, 128])
def test_a_picture_of_one_shade_has_no_subject_and_nothing_to_crop(tier: str, level: int) -> None:
    result = remove(
        encoded(np.full((60, 80, 3), level, dtype=np.uint8)),
        Options(crop=True),
        predictor=get_predictor(*choose(tier, requested=BUILT_IN), fast=False),
        recipe=TIERS[tier].recipe,
    )
    assert result.foreground_box is None
    assert opened(result.data).shape == (60, 80, 4)
    assert not opened(result.data).any()
