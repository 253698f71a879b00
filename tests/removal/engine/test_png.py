import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from removal.engine.png import encode_png
from tests.removal.engine.factories import Array, disc, encoded, opened, photo


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    channels=st.sampled_from([1, 3, 4]),
    seed=st.integers(0, 2**32 - 1),
)
def test_decodes_to_the_very_same_pixels(height: int, width: int, channels: int, seed: int) -> None:
    shape = (height, width) if channels == 1 else (height, width, channels)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(opened(encode_png(pixels)), pixels)


@pytest.mark.parametrize("shape", [(1, 9000, 4), (9000, 1, 4), (1200, 1300, 4), (700, 2000, 3)])
def test_pictures_of_many_strips_survive(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 4, shape, dtype=np.uint8)
    assert np.array_equal(opened(encode_png(pixels)), pixels)


def test_a_view_into_a_larger_array_is_encoded_as_seen() -> None:
    pixels = photo()[10:50, 20:70]
    assert np.array_equal(opened(encode_png(pixels)), pixels)


def test_holds_no_chunk_but_pixels() -> None:
    data, position, kinds = encode_png(photo()), 8, set()
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kinds.add(data[position + 4 : position + 8])
        position += 12 + length
    assert kinds == {b"IHDR", b"IDAT", b"IEND"}


def _cut_out() -> Array:
    pixels = np.dstack([photo(600, 800), (disc(600, 800) * 255).astype(np.uint8)])
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def test_is_at_most_a_quarter_larger_than_the_slow_writer() -> None:
    pixels = _cut_out()
    assert len(encode_png(pixels)) <= 1.25 * len(encoded(pixels, compress_level=6))
