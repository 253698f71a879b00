import io
import struct
import zlib
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from removal.engine import errors
from removal.engine.budget import BudgetedFile
from removal.engine.decode import decode
from removal.engine.headers import PNG_SIGNATURE
from tests.removal.engine.factories import (
    LIMITS,
    Array,
    encoded,
    linear_grey_profile,
    opened,
    photo,
)
from tests.removal.engine.mutations import png_chunk


def _profile(kind: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()  # type: ignore[arg-type]


def _wide_gamut_profile() -> bytes:
    """An RGB matrix profile whose red and green are swapped: impossible to overlook."""
    profile = bytearray(_profile("sRGB"))
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def _deep_grey(level: int, profile: bytes) -> bytes:
    """A PNG of one pixel with 16 bits of grey and of alpha."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 4, 0, 0, 0)),
        (b"iCCP", b"grey\0\0" + zlib.compress(profile)),
        (b"IDAT", zlib.compress(struct.pack(">BHH", 0, level * 257, 0xFFFF))),
        (b"IEND", b""),
    )
    return PNG_SIGNATURE + b"".join(png_chunk(kind, body) for kind, body in parts)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_jpeg_pixels_are_those_of_the_reference_decoder(options: dict[str, bool | int]) -> None:
    data = encoded(photo(), "JPEG", quality=90, **options)
    assert np.array_equal(decode(data, LIMITS).rgb, opened(data))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_lossless_pixels_are_exact(form: str) -> None:
    pixels = photo()
    assert np.array_equal(decode(encoded(pixels, form, lossless=True), LIMITS).rgb, pixels)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(form: str, orientation: int) -> None:
    image = Image.fromarray(cv2.GaussianBlur(photo(), (0, 0), 2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, form, exif=exif.tobytes())
    with Image.open(io.BytesIO(data)) as stored:
        turn = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_270,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_90,
        }.get(orientation)
        expected = np.asarray(stored.transpose(turn) if turn is not None else stored)
    assert np.array_equal(decode(data, LIMITS).rgb, expected)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"rubbish"])
def test_damaged_exif_is_ignored(exif: bytes) -> None:
    data = encoded(photo(), "JPEG", exif=exif)
    assert np.array_equal(decode(data, LIMITS).rgb, opened(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_colours_are_converted_to_srgb(form: str) -> None:
    flat = np.full((16, 16, 3), (200, 40, 40), dtype=np.uint8)
    data = encoded(flat, form, icc_profile=_wide_gamut_profile())
    red, green, _blue = decode(data, LIMITS).rgb[8, 8].astype(int)
    assert green > 180
    assert red < 80


@pytest.mark.parametrize(("form", "mode"), [("JPEG", "L"), ("PNG", "L"), ("PNG", "LA")])
def test_grey_is_converted_to_srgb(form: str, mode: str) -> None:
    grey = Image.new("L", (16, 16), 64).convert(mode)
    data = encoded(grey, form, icc_profile=linear_grey_profile())
    assert decode(data, LIMITS).rgb[8, 8].tolist() == [137, 137, 137]


def test_deep_grey_with_alpha_is_converted_to_srgb() -> None:
    picture = decode(_deep_grey(64, linear_grey_profile()), LIMITS)
    assert picture.rgb[0, 0].tolist() == [137, 137, 137]
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 255


def test_an_srgb_profile_changes_nothing() -> None:
    data = encoded(photo(), icc_profile=_profile("sRGB"))
    assert np.array_equal(decode(data, LIMITS).rgb, photo())


@pytest.mark.parametrize("profile", [b"rubbish", b"", _profile("LAB")])
def test_a_profile_that_does_not_fit_is_ignored(profile: bytes) -> None:
    data = encoded(photo(), icc_profile=profile)
    assert np.array_equal(decode(data, LIMITS).rgb, photo())


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    rgb = decode(encoded(ramp), LIMITS).rgb
    assert np.array_equal(rgb[..., 0], np.rint(ramp / 257).astype(np.uint8))


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colour_is_scaled(channels: int) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (20, 30, channels), dtype=np.uint16)
    ok, data = cv2.imencode(".png", deep)
    picture = decode(data.tobytes(), LIMITS)
    assert ok
    assert np.array_equal(picture.rgb, np.rint(deep[..., 2::-1] / 257).astype(np.uint8))
    if channels == 4:
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, np.rint(deep[..., 3] / 257).astype(np.uint8))


def test_cmyk_jpeg_keeps_its_colours() -> None:
    flat = Image.new("RGB", (32, 32), (220, 30, 30))
    rgb = decode(encoded(flat.convert("CMYK"), "JPEG", quality=95), LIMITS).rgb
    assert np.abs(rgb.astype(int) - (220, 30, 30)).max() < 12


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_opaque_modes_become_rgb(mode: str) -> None:
    image = Image.fromarray(photo()).convert(mode)
    picture = decode(encoded(image), LIMITS)
    assert np.array_equal(picture.rgb, np.asarray(image.convert("RGB")))
    assert picture.alpha is None


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA"])
def test_transparency_of_the_file_is_kept_apart(mode: str) -> None:
    image = Image.fromarray(photo()).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = encoded(image if mode == "RGBA" else image.convert("LA"))
    picture = decode(data, LIMITS)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.asarray(image.getchannel("A")))


def test_palette_transparency_counts() -> None:
    image = Image.fromarray(photo()).quantize(8)
    corner = image.getpixel((0, 0))
    picture = decode(encoded(image, transparency=corner), LIMITS)
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert picture.alpha.max() == 255


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_the_first_frame_of_an_animation_counts(form: str) -> None:
    first, second = Image.new("RGB", (20, 10), "red"), Image.new("RGB", (20, 10), "blue")
    data = encoded(first, form, save_all=True, append_images=[second], lossless=True)
    assert decode(data, LIMITS).rgb[5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP", b"tEXt", b"eXIf"])
def test_a_bomb_in_metadata_is_never_inflated(kind: bytes) -> None:
    bomb = b"name\0\0" + zlib.compress(bytes(200_000_000), 9)
    data = encoded(photo())
    data = data[:33] + png_chunk(kind, bomb) + data[33:]
    assert np.array_equal(decode(data, LIMITS).rgb, photo())


@pytest.mark.parametrize("kind", [b"IDAT", b"PLTE", b"tEXt"])
def test_a_png_of_countless_pieces_is_refused(kind: bytes) -> None:
    picture = encoded(photo())
    start = len(PNG_SIGNATURE) + 25
    padded = picture[:start] + png_chunk(kind, b"") * 40_000 + picture[start:]
    with pytest.raises(errors.UnreadableImage, match="more pieces"):
        decode(padded, LIMITS)


def test_a_png_in_small_pieces_is_read() -> None:
    picture = encoded(photo(), compress_level=0)
    start, end = picture.index(b"IDAT") - 4, picture.index(b"IEND") - 4
    pixels = picture[start + 8 : end - 4]
    pieces = b"".join(png_chunk(b"IDAT", pixels[i : i + 16]) for i in range(0, len(pixels), 16))
    decoded = decode(picture[:start] + pieces + picture[end:], LIMITS)
    assert np.array_equal(decoded.rgb, photo())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_takes_too_much_work_is_given_up(form: str) -> None:
    with pytest.raises(errors.UnreadableImage, match="more work"):
        decode(encoded(photo(), form), replace(LIMITS, decode_seconds=-1))


def test_work_is_counted_while_a_file_is_read() -> None:
    clock = iter([0.0, 0.5, 1.5])
    file = BudgetedFile(b"abc", seconds=1, clock=lambda: next(clock))
    assert file.read(2) == b"ab"
    with pytest.raises(errors.UnreadableImage):
        file.read(1)


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = encoded(photo(), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    many = data[:scan] + data[scan:-2] * 1200 + data[-2:]
    with pytest.raises(errors.UnreadableImage, match="scans"):
        decode(many, LIMITS)


def test_scans_behind_a_comment_with_an_end_marker_count() -> None:
    data = encoded(photo(), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    comment = b"\xff\xfe\0\4\xff\xd9"
    with pytest.raises(errors.UnreadableImage, match="scans"):
        decode(data[:scan] + comment + data[scan:-2] * 1200 + data[-2:], LIMITS)


def test_scans_behind_a_reserved_marker_count() -> None:
    data = encoded(photo(), "JPEG", progressive=True, restart_marker_blocks=4)
    restart = data.index(b"\xff\xd0", data.rindex(b"\xff\xda"))
    header = data[data.rindex(b"\xff\xda") :][:10]
    hidden = header * 1200
    reserved = b"\xff\x02" + struct.pack(">H", 2 + len(hidden)) + hidden
    with pytest.raises(errors.UnreadableImage, match="scans"):
        decode(data[:restart] + reserved + data[restart:], LIMITS)


def test_a_jpeg_of_countless_segments_is_refused() -> None:
    data = encoded(photo(), "JPEG")
    scan = data.rindex(b"\xff\xda")
    with pytest.raises(errors.UnreadableImage, match="scans"):
        decode(data[:scan] + b"\xff\xfe\0\2" * 5000 + data[scan:], LIMITS)


def test_scan_markers_in_the_film_of_a_motion_photo_do_not_count() -> None:
    data = encoded(photo(), "JPEG")
    assert np.array_equal(decode(data + b"\xff\xda" * 5000, LIMITS).rgb, opened(data))


def test_scan_markers_in_a_comment_do_not_count() -> None:
    data = encoded(photo(), "JPEG")
    scan = data.rindex(b"\xff\xda")
    comment = b"\xff\xfe" + struct.pack(">H", 10_002) + b"\xff\xda" * 5000
    assert np.array_equal(decode(data[:scan] + comment + data[scan:], LIMITS).rgb, opened(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_file_is_unreadable(form: str, share: float) -> None:
    data = encoded(photo(), form)
    with pytest.raises(errors.UnreadableImage, match="damaged or cut off"):
        decode(data[: int(len(data) * share)], LIMITS)


def test_a_cut_off_jpeg_with_a_whole_thumbnail_is_still_unreadable() -> None:
    thumbnail = encoded(photo(16, 16), "JPEG")
    data = encoded(photo(), "JPEG", exif=b"Exif\0\0" + thumbnail)
    with pytest.raises(errors.UnreadableImage):
        decode(data[: len(data) * 3 // 4], LIMITS)


def test_a_file_followed_by_another_is_read_as_the_first() -> None:
    data = encoded(photo(), "JPEG")
    assert np.array_equal(decode(data + b"PK\x03\x04" + bytes(100), LIMITS).rgb, opened(data))


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_extreme_shapes_decode(size: tuple[int, int]) -> None:
    pixels: Array = np.zeros((*size, 3), dtype=np.uint8)
    assert decode(encoded(pixels), LIMITS).rgb.shape == (*size, 3)


@pytest.mark.parametrize(
    ("least_side", "width"), [(0, 803), (600, 803), (300, 402), (150, 201), (70, 101), (1, 101)]
)
def test_a_jpeg_is_reduced_as_far_as_the_least_side_allows(least_side: int, width: int) -> None:
    picture = decode(encoded(photo(601, 803), "JPEG"), LIMITS, least_side=least_side)
    assert picture.rgb.shape[1] == width
    assert (picture.width, picture.height) == (803, 601)


def test_a_reduced_jpeg_is_turned_upright_with_its_full_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(encoded(photo(200, 300), "JPEG", exif=exif), LIMITS, least_side=50)
    assert picture.rgb.shape[:2] == (75, 50)
    assert (picture.width, picture.height) == (200, 300)
