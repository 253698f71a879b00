"""Photos as phones, scanners and old programs write them."""

import io
import struct

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from removal.engine import errors
from removal.engine.decode import Picture, decode
from removal.engine.headers import read_header
from removal.engine.probe import probe
from removal.engine.types import Limits
from tests.removal.engine.factories import LIMITS, Array, encoded, photo

pillow_heif.register_heif_opener()
pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated File Read")

OTHERS = ("HEIF", "AVIF", "TIFF", "BMP", "GIF")
LOSSLESS = ("TIFF", "BMP")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def smooth() -> Image.Image:
    return Image.fromarray(cv2.GaussianBlur(photo(), (0, 0), 4))


def attempted(data: bytes) -> Picture | errors.EngineError:
    """Whatever else is raised fails the test."""
    try:
        return decode(data, LIMITS)
    except errors.EngineError as error:
        return error


def distance(first: Array, second: Array) -> float:
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


@pytest.mark.parametrize("form", OTHERS)
def test_pixels_are_those_of_the_picture(form: str) -> None:
    picture = decode(encoded(smooth(), form), LIMITS)
    assert distance(picture.rgb, np.asarray(smooth())) < (0.5 if form in LOSSLESS else 8)
    assert picture.format == form.lower()


@pytest.mark.parametrize("form", OTHERS)
def test_the_header_alone_tells_format_and_size(form: str) -> None:
    header = read_header(io.BytesIO(encoded(smooth(), form)))
    assert (header.format, header.width, header.height) == (form.lower(), 128, 96)


@pytest.mark.parametrize("form", OTHERS)
def test_too_many_pixels_are_refused_by_the_header(form: str) -> None:
    with pytest.raises(errors.TooManyPixels):
        probe(encoded(smooth(), form), Limits(max_pixels=128 * 96 - 1))


@pytest.mark.parametrize("form", OTHERS)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_truncated_file_is_read_or_refused_with_a_typed_error(form: str, share: float) -> None:
    data = encoded(smooth(), form)
    outcome = attempted(data[: int(len(data) * share)])
    assert isinstance(outcome, errors.EngineError) or outcome.rgb.shape == (96, 128, 3)


@pytest.mark.parametrize("form", OTHERS)
def test_a_damaged_file_is_read_or_refused_with_a_typed_error(form: str) -> None:
    data, chance = encoded(smooth(), form), np.random.default_rng(5)
    for _ in range(60):
        damaged = bytearray(data)
        for at in chance.integers(4, min(len(data), 400), 4):
            damaged[at] = chance.integers(256)
        outcome = attempted(bytes(damaged))
        assert isinstance(outcome, errors.EngineError) or outcome.rgb.dtype == np.uint8


@pytest.mark.parametrize("form", ["HEIF", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_turned_picture_is_turned_upright(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(smooth(), form, exif=exif.tobytes()), LIMITS)
    expected = np.asarray(smooth().transpose(TURNS[orientation]))
    assert picture.rgb.shape == expected.shape
    assert distance(picture.rgb, expected) < 8


def tiff_exif(orientation: int, *, kind: int = 3, gps: bytes = b"") -> bytes:
    """One directory with an orientation of a given type, and perhaps a GPS directory."""
    form = {1: "<HHIBxxx", 3: "<HHIHxx", 4: "<HHII"}[kind]
    entries = struct.pack(form, 0x0112, kind, 1, orientation)
    if gps:
        entries += struct.pack("<HHII", 0x8825, 4, 1, 8 + 2 + 24 + 4)
    count = len(entries) // 12
    return b"II*\0" + struct.pack("<IH", 8, count) + entries + struct.pack("<I", 0) + gps


GPS_ZERO = struct.pack("<HHHIII", 1, 2, 5, 1, 100, 0) + struct.pack("<II", 0, 0)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("exif", "turned"),
    [
        (b"Exif\0\0" + tiff_exif(6), True),
        (b"Exif\0\0Exif\0\0" + tiff_exif(6), True),
        (b"Exif\0\0" + tiff_exif(6, kind=4), True),
        (b"Exif\0\0" + tiff_exif(6, kind=1), True),
        (b"Exif\0\0" + tiff_exif(6, gps=GPS_ZERO), True),
        (b"Exif\0\0" + tiff_exif(99), False),
        (b"Exif\0\0" + tiff_exif(0), False),
        (b"Exif\0\0" + tiff_exif(6)[:12], False),
        (b"Exif\0\0garbage", False),
    ],
)
def test_orientation_survives_what_phones_write(form: str, exif: bytes, turned: bool) -> None:
    picture = decode(encoded(smooth(), form, exif=exif), LIMITS)
    assert picture.rgb.shape[:2] == ((128, 96) if turned else (96, 128))


def test_orientation_in_xmp_alone_counts() -> None:
    for form in ("JPEG", "WEBP"):
        assert decode(encoded(smooth(), form, xmp=XMP), LIMITS).width == 96


def test_orientation_in_exif_outranks_xmp() -> None:
    data = encoded(smooth(), "JPEG", xmp=XMP, exif=b"Exif\0\0" + tiff_exif(3))
    assert decode(data, LIMITS).width == 128


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        (np.uint16, "I;16"),
        (np.int32, "I"),
        (np.float32, "F"),
    ],
)
def test_deep_grey_keeps_its_brightness(values: type, mode: str) -> None:
    ramp = np.linspace(0, 1 if mode == "F" else 65_535, 96 * 128).reshape(96, 128)
    file = io.BytesIO()
    Image.fromarray(ramp.astype(values)).save(file, "TIFF")
    rgb = decode(file.getvalue(), LIMITS).rgb
    assert distance(rgb[..., 0], (ramp / ramp.max() * 255).astype(np.uint8)) < 1


def test_inks_become_colours() -> None:
    red = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    rgb = decode(encoded(red, "TIFF"), LIMITS).rgb
    assert rgb[0, 0].tolist() == [255, 0, 0]


def test_the_first_page_counts() -> None:
    file = io.BytesIO()
    pages = [Image.new("RGB", (64, 64), colour) for colour in ("green", "red")]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    assert decode(file.getvalue(), LIMITS).rgb[0, 0].tolist() == [0, 128, 0]


def test_the_first_frame_of_an_animation_counts() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("blue", "red")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert decode(file.getvalue(), LIMITS).rgb[0, 0].tolist() == [0, 0, 255]


def test_a_palette_entry_may_be_transparent() -> None:
    image = Image.new("P", (64, 64), 1)
    image.putpalette([255, 255, 255, 200, 30, 30])
    image.paste(0, (0, 0, 32, 64))
    picture = decode(encoded(image, "GIF", transparency=0), LIMITS)
    assert picture.alpha is not None
    assert (picture.alpha[0, 0], picture.alpha[0, 63]) == (0, 255)


@pytest.mark.parametrize("form", ["HEIF", "AVIF", "TIFF"])
def test_transparency_and_profiles_are_kept(form: str) -> None:
    image = smooth().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 128))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = decode(encoded(image, form, icc_profile=profile), LIMITS)
    assert picture.alpha is not None
    assert abs(int(picture.alpha.mean()) - 128) <= 2


def test_bmp_from_the_top_down() -> None:
    data = bytearray(encoded(smooth(), "BMP"))
    (height,) = struct.unpack_from("<i", data, 22)
    struct.pack_into("<i", data, 22, -height)
    flipped = decode(bytes(data), LIMITS).rgb
    assert np.array_equal(flipped, np.asarray(smooth())[::-1])


def test_an_unknown_format_names_what_is_accepted() -> None:
    with pytest.raises(errors.UnsupportedFormat, match="HEIC, AVIF, TIFF, BMP or GIF"):
        probe(b"%PDF-1.7 and so on", LIMITS)
