import io
import struct

import pytest

from removal.engine import errors
from removal.engine.headers import PNG_SIGNATURE
from removal.engine.probe import probe
from removal.engine.types import Limits
from tests.removal.engine.factories import LIMITS, encoded, photo
from tests.removal.engine.mutations import png_chunk


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_reads_size_and_type_from_content(form: str) -> None:
    found = probe(encoded(photo(33, 57), form), LIMITS)
    assert (found.format, found.width, found.height) == (form.lower(), 57, 33)
    assert found.content_type == f"image/{form.lower()}"


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"exact": True}])
def test_reads_every_kind_of_webp(options: dict[str, bool | int]) -> None:
    found = probe(encoded(photo(33, 57), "WEBP", **options), LIMITS)
    assert (found.width, found.height) == (57, 33)


def test_reads_an_open_file_and_leaves_it_at_its_start() -> None:
    file = io.BytesIO(encoded(photo(8, 9)))
    assert probe(file, LIMITS).width == 9
    assert file.tell() == 0


def test_refuses_an_empty_file() -> None:
    with pytest.raises(errors.UnreadableImage, match="empty"):
        probe(b"", LIMITS)


@pytest.mark.parametrize("data", [b"hello, this is text", b"%PDF-1.7", b"\0"])
def test_refuses_what_is_no_supported_image(data: bytes) -> None:
    with pytest.raises(errors.UnsupportedFormat, match="JPEG, PNG, WebP"):
        probe(data, LIMITS)


def test_refuses_one_byte_too_many_and_says_how_many_are_allowed() -> None:
    data = encoded(photo())
    assert probe(data, Limits(max_bytes=len(data)))
    with pytest.raises(errors.TooManyBytes) as caught:
        probe(data, Limits(max_bytes=len(data) - 1))
    assert caught.value.details == {"bytes": len(data), "maxBytes": len(data) - 1}


def test_refuses_one_pixel_too_many() -> None:
    data = encoded(photo(10, 10))
    assert probe(data, Limits(max_pixels=100))
    with pytest.raises(errors.TooManyPixels, match="10 × 10"):
        probe(data, Limits(max_pixels=99))


def _header_of_png(width: int, height: int) -> bytes:
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG_SIGNATURE + png_chunk(b"IHDR", size)


def test_refuses_a_bomb_without_decoding_it() -> None:
    with pytest.raises(errors.TooManyPixels):
        probe(_header_of_png(50_000, 50_000), LIMITS)


@pytest.mark.parametrize("shape", [(65_501, 1), (1, 65_501)])
def test_refuses_a_side_one_pixel_too_long(shape: tuple[int, int]) -> None:
    assert probe(_header_of_png(65_500, 1), LIMITS)
    with pytest.raises(errors.TooManyPixels, match="a side of at most 65,500") as caught:
        probe(_header_of_png(*shape), LIMITS)
    assert caught.value.details["maxSide"] == 65_500


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [4, 13, 17, 22])
def test_a_cut_header_is_a_typed_error(form: str, kept: int) -> None:
    with pytest.raises((errors.UnreadableImage, errors.UnsupportedFormat)):
        probe(encoded(photo(), form)[:kept], LIMITS)
