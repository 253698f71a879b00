import numpy as np
import pytest

from removal.engine.errors import NoSubjectFound
from removal.engine.pipeline import remove
from removal.engine.registry import BUILT_IN, TIERS, choose
from removal.engine.session import get_predictor
from removal.engine.types import Options
from tests.removal.engine.factories import encoded


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(60, 80), (3, 3)])
def test_a_picture_of_one_shade_has_no_subject(
    tier: str, level: int, size: tuple[int, int]
) -> None:
    picture = encoded(np.full((*size, 3), level, dtype=np.uint8))
    predictor = get_predictor(*choose(tier, requested=BUILT_IN), fast=False)
    with pytest.raises(NoSubjectFound):
        remove(picture, Options(), predictor=predictor, recipe=TIERS[tier].recipe)
