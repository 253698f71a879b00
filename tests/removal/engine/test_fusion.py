import numpy as np
import pytest

from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import MODELS
from removal.engine.fusion import fuse, sides
from removal.engine.types import Recipe

SPEC = MODELS["lumiku-lite"]
PHOTO: Pixels = np.zeros((40, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("model", "expected"), [("lumiku-lite", (240, 320, 400)), ("u2netp", (256, 320, 384))]
)
def test_scales_become_sides_that_the_model_can_take(model: str, expected: tuple[int, ...]) -> None:
    assert sides(Recipe(scales=(0.8, 1.0, 1.2)), MODELS[model], None) == expected


def test_a_model_of_fixed_size_looks_once() -> None:
    assert sides(Recipe(scales=(0.8, 1.0)), SPEC, 320) == (320,)


def test_looks_are_averaged_at_the_largest_side() -> None:
    def run(tensor: Floats) -> Floats:
        side = tensor.shape[-1]
        return np.full((side, side), 0.25 if side == 256 else 0.75, dtype=np.float32)

    fused = fuse(PHOTO, (256, 320), SPEC, run, flip=False)
    assert fused.shape == (320, 320)
    assert np.allclose(fused, 0.5, atol=1e-3)


def test_a_mirrored_look_is_mirrored_back() -> None:
    ramp = np.tile(np.linspace(0, 1, 320, dtype=np.float32), (320, 1))
    photo = np.repeat((ramp * 255).astype(np.uint8)[..., None], 3, axis=2)
    fused = fuse(photo, (320,), SPEC, lambda tensor: tensor[0, 0], flip=True)
    assert np.abs(fused - ramp).max() < 0.02
