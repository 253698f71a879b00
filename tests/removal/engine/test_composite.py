import numpy as np
import pytest

from removal.engine import composite
from removal.engine.backgrounds import Background
from removal.engine.composite import Layers
from tests.removal.engine.factories import BACKGROUND, FOREGROUND, disc, photo


def _layers(*, softness: float = 0.05) -> Layers:
    """A disc of one colour over another, blended exactly as its matte says."""
    alpha = disc(240, 320, softness=softness)
    blend = alpha[..., None] * np.array(FOREGROUND) + (1 - alpha[..., None]) * np.array(BACKGROUND)
    rgb, matte = np.rint(blend).astype(np.uint8), np.rint(alpha * 255).astype(np.uint8)
    return Layers(rgb, matte, matte, rgb)


def test_opaque_pixels_keep_the_photo_exactly() -> None:
    layers = _layers()
    rgba = composite.transparent(layers)
    solid = layers.alpha == 255
    assert np.array_equal(rgba[solid][:, :3], layers.rgb[solid])


def test_transparent_pixels_hold_no_colour() -> None:
    rgba = composite.transparent(_layers())
    assert not rgba[rgba[..., 3] == 0].any()


def test_alpha_is_the_matte() -> None:
    layers = _layers()
    assert np.array_equal(composite.transparent(layers)[..., 3], layers.alpha)


def test_edges_carry_the_subjects_own_colour() -> None:
    rgba = composite.transparent(_layers()).astype(int)
    edge = (rgba[..., 3] > 25) & (rgba[..., 3] < 255)
    assert np.abs(rgba[edge][:, :3] - FOREGROUND).max() <= 10


def test_without_clean_edges_the_old_background_shows() -> None:
    rgba = composite.transparent(_layers(), clean_edges=False).astype(int)
    edge = (rgba[..., 3] > 100) & (rgba[..., 3] < 150)
    assert np.abs(rgba[edge][:, :3] - FOREGROUND).max() > 60


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (10, 200, 90)])
def test_no_fringe_on_a_new_background(colour: tuple[int, int, int]) -> None:
    layers = _layers()
    shown = composite.opaque(layers, Background(colour=colour)).astype(float)
    weight = layers.alpha[..., None] / 255
    ideal = weight * np.array(FOREGROUND) + (1 - weight) * np.array(colour)
    assert np.abs(shown - ideal).max() <= 8


def test_an_opaque_result_is_background_where_there_is_no_subject() -> None:
    layers = _layers()
    shown = composite.opaque(layers, Background(colour=(1, 2, 3)))
    assert (shown[layers.alpha == 0] == (1, 2, 3)).all()


def test_a_picture_behind_covers_the_canvas_centred() -> None:
    wide = np.zeros((10, 100, 3), dtype=np.uint8)
    wide[:, 45:55] = 255
    canvas = Background(picture=wide).canvas(30, 30)
    assert canvas.shape == (30, 30, 3)
    assert (canvas == 255).all()


def test_a_half_transparent_colour_keeps_its_share() -> None:
    layers = _layers()
    shown = composite.tinted(layers, (0, 0, 255, 128))
    assert shown[0, 0].tolist() == [0, 0, 255, 128]
    assert shown[120, 160, 3] == 255


def test_colour_alone_shows_nothing_of_the_background() -> None:
    layers = _layers(softness=0.02)
    colour = composite.colour_only(layers).astype(int)
    assert np.abs(colour - FOREGROUND).max() <= 10


def test_the_files_own_transparency_leaves_its_colours_alone() -> None:
    layers = _layers()
    half = Layers(layers.rgb, layers.matte, layers.matte // 2, layers.rgb)
    rgba = composite.transparent(half)
    inside = layers.matte == 255
    assert np.array_equal(rgba[inside][:, :3], layers.rgb[inside])


@pytest.mark.parametrize("value", [0, 1, 128, 254, 255])
def test_a_flat_matte_is_composed_without_complaint(value: int) -> None:
    rgb, matte = photo(), np.full((96, 128), value, dtype=np.uint8)
    rgba = composite.transparent(Layers(rgb, matte, matte, rgb))
    assert (rgba[..., 3] == value).all()


def test_a_mask_undecided_nearly_everywhere_keeps_the_photos_colours() -> None:
    rgb = photo()
    matte = np.tile(np.linspace(40, 200, rgb.shape[1]).astype(np.uint8), (rgb.shape[0], 1))
    rgba = composite.transparent(Layers(rgb, matte, matte, rgb))
    assert np.array_equal(rgba[..., :3], rgb)
