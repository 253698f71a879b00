import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from removal.engine import errors
from removal.engine.margins import parse_margin
from removal.engine.pipeline import remove, remove_many
from removal.engine.types import Cutout, Limits, Options, OutputFormat, Recipe
from tests.removal.engine.factories import (
    FOREGROUND,
    DiscPredictor,
    FlatPredictor,
    disc,
    encoded,
    opened,
    photo,
)

GPS = Image.Exif()
GPS[0x010F] = "Secret Camera"
GPS[0x8825] = {1: "N", 2: (1.0, 2.0, 3.0)}


def cut(data: bytes, *, limits: Limits = Limits(), **options: object) -> Cutout:  # noqa: B008
    return remove(
        data,
        Options(**options),  # type: ignore[arg-type]
        predictor=DiscPredictor(),
        recipe=Recipe(),
        limits=limits,
    )


def everything(*, limits: Limits = Limits(), **options: object) -> Cutout:  # noqa: B008
    """The whole of `photo` as the subject, cropped."""
    return remove(
        encoded(photo()),
        Options(crop=True, **options),  # type: ignore[arg-type]
        predictor=FlatPredictor(1.0),
        recipe=Recipe(),
        limits=limits,
    )


def test_cuts_the_subject_out() -> None:
    result = opened(cut(encoded(photo())).data)
    assert result.shape == (96, 128, 4)
    assert result[48, 64, 3] == 255
    assert result[0, 0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("level", [0.0, 0.3])
@pytest.mark.parametrize("crop", [True, False])
def test_nothing_or_haze_all_over_is_no_subject(level: float, crop: bool) -> None:
    found = FlatPredictor(level)
    with pytest.raises(errors.NoSubjectFound):
        remove(encoded(photo()), Options(crop=crop), predictor=found, recipe=Recipe())


def test_a_file_that_shows_nothing_has_no_subject() -> None:
    clear = np.dstack([photo(), np.zeros((96, 128), dtype=np.uint8)])
    with pytest.raises(errors.NoSubjectFound):
        cut(encoded(clear))


def test_reports_what_it_made() -> None:
    result = cut(encoded(photo(), "JPEG"))
    assert (result.content_type, result.extension) == ("image/png", "png")
    assert (result.width, result.height) == (result.input_width, result.input_height) == (128, 96)
    assert result.input_format == "jpeg"
    assert result.foreground_box is not None
    assert set(result.timings_ms) == {
        "decode",
        "predict",
        "refine",
        "composite",
        "encode",
        "total",
    }


def test_opaque_colours_are_those_of_the_photo() -> None:
    pixels = photo()
    result = opened(cut(encoded(pixels)).data)
    solid = result[..., 3] == 255
    assert np.array_equal(result[solid][:, :3], pixels[solid])


@pytest.mark.parametrize(
    ("form", "content_type", "mode"),
    [
        (OutputFormat.PNG, "image/png", "RGBA"),
        (OutputFormat.WEBP, "image/webp", "RGBA"),
        (OutputFormat.JPG, "image/jpeg", "RGB"),
    ],
)
def test_the_declared_type_is_the_real_one(
    form: OutputFormat, content_type: str, mode: str
) -> None:
    result = cut(encoded(photo()), format=form)
    with Image.open(io.BytesIO(result.data)) as image:
        assert (Image.MIME[image.format or ""], image.mode) == (content_type, mode)
    assert result.content_type == content_type


@pytest.mark.parametrize("form", [OutputFormat.PNG, OutputFormat.WEBP, OutputFormat.JPG])
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP"])
def test_no_metadata_survives(form: OutputFormat, source: str) -> None:
    data = encoded(photo(), source, exif=GPS.tobytes(), xmp=b"<x:xmpmeta>Secret</x:xmpmeta>")
    result = cut(data, format=form).data
    assert b"Secret" not in result
    with Image.open(io.BytesIO(result)) as image:
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)


def test_the_zip_holds_colour_and_alpha_stored() -> None:
    with zipfile.ZipFile(io.BytesIO(cut(encoded(photo()), format=OutputFormat.ZIP).data)) as found:
        assert found.namelist() == ["color.jpg", "alpha.png"]
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in found.infolist())
        colour, alpha = opened(found.read("color.jpg")), opened(found.read("alpha.png"))
    assert colour.shape == (96, 128, 3)
    assert alpha.shape == (96, 128)
    assert np.abs(colour[0, 0].astype(int) - FOREGROUND).max() < 40


def test_jpg_stands_on_white_unless_told() -> None:
    assert (opened(cut(encoded(photo()), format=OutputFormat.JPG).data)[0, 0] > 250).all()


def test_a_background_colour_fills_what_was_removed() -> None:
    result = opened(cut(encoded(photo()), background_color=(1, 2, 3)).data)
    assert result.shape == (96, 128, 3)
    assert result[0, 0].tolist() == [1, 2, 3]


def test_a_background_picture_fills_what_was_removed() -> None:
    behind = encoded(np.full((10, 10, 3), (9, 8, 7), dtype=np.uint8))
    result = opened(cut(encoded(photo()), background_image=behind).data)
    assert result[0, 0].tolist() == [9, 8, 7]


def test_a_bad_background_picture_is_refused() -> None:
    with pytest.raises(errors.UnsupportedFormat):
        cut(encoded(photo()), background_image=b"no picture")


def test_mask_only_is_a_grey_picture() -> None:
    mask = opened(cut(encoded(photo()), mask_only=True).data)
    assert mask.shape == (96, 128)
    assert (mask[48, 64], mask[0, 0]) == (255, 0)


def test_crop_leaves_the_subject_and_its_margin() -> None:
    tight = cut(encoded(photo()), crop=True)
    roomy = cut(encoded(photo()), crop=True, crop_margin=parse_margin("5 10"))
    assert 60 < tight.width < 80
    assert (roomy.width, roomy.height) == (tight.width + 20, tight.height + 10)
    assert opened(roomy.data)[:5, :, 3].max() < 8


def test_a_margin_may_reach_beyond_the_photo() -> None:
    result = cut(encoded(photo()), crop=True, crop_margin=parse_margin("100px"))
    assert result.height > 96 + 100
    assert opened(result.data)[0, 0].tolist() == [0, 0, 0, 0]


def test_scale_changes_both_sides() -> None:
    result = cut(encoded(photo()), scale=0.5)
    assert (result.width, result.height) == (64, 48)
    assert opened(result.data).shape == (48, 64, 4)


def test_enlarging_beyond_the_cap_is_refused() -> None:
    with pytest.raises(errors.TooManyPixels, match="use a smaller scale"):
        cut(encoded(photo()), scale=4.0, limits=Limits(max_pixels=20_000))


def test_margins_beyond_the_cap_are_refused() -> None:
    with pytest.raises(errors.TooManyPixels, match="a smaller crop_margin") as caught:
        everything(crop_margin=parse_margin("50%"), limits=Limits(max_pixels=4 * 96 * 128 - 1))
    assert caught.value.details == {"width": 256, "height": 192, "maxPixels": 4 * 96 * 128 - 1}


def test_wide_margins_are_allowed_where_the_scale_makes_up_for_them() -> None:
    result = everything(
        crop_margin=parse_margin("50%"), scale=0.5, limits=Limits(max_pixels=96 * 128)
    )
    assert (result.width, result.height) == (128, 96)


def test_a_subject_cut_off_by_the_photo_keeps_its_edge_when_scaled_with_a_margin() -> None:
    result = opened(everything(crop_margin=parse_margin("5px"), scale=0.5).data)
    assert set(np.unique(result[..., 3])) == {0, 255}


def test_webp_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(errors.BadOptions, match="use png"):
        cut(encoded(np.zeros((1, 20_000, 3), dtype=np.uint8)), format=OutputFormat.WEBP)


def test_transparency_of_the_file_multiplies_into_the_result() -> None:
    half = np.dstack([photo(), np.full((96, 128), 128, dtype=np.uint8)])
    result = opened(cut(encoded(half)).data)
    assert result[48, 64, 3] == 128
    assert result[0, 0, 3] == 0


@pytest.mark.parametrize("form", OutputFormat)
def test_a_subject_that_fills_the_picture_is_no_error(form: OutputFormat) -> None:
    result = remove(
        encoded(photo()),
        Options(format=form, crop=True),
        predictor=FlatPredictor(1.0),
        recipe=Recipe(),
    )
    assert result.foreground_box is not None
    assert (result.width, result.height) == (128, 96)


def test_many_photos_come_back_in_order_and_failures_in_their_place() -> None:
    images = [encoded(photo(40 + i, 60)) for i in range(6)]
    images[2] = b"rubbish"
    results = list(
        remove_many(images, Options(), predictor=DiscPredictor(), recipe=Recipe(), workers=3)
    )
    assert isinstance(results[2], errors.UnsupportedFormat)
    heights = [result.height for result in results if isinstance(result, Cutout)]
    assert heights == [40, 41, 43, 44, 45]


def test_the_mask_follows_the_disc() -> None:
    mask = opened(cut(encoded(photo(480, 640)), mask_only=True).data) / 255
    assert np.abs(mask - disc(480, 640)).mean() < 0.01


@pytest.mark.parametrize("crop", [False, True])
def test_a_mask_alone_from_a_reduced_jpeg_is_the_one_of_the_full_photo(crop: bool) -> None:
    pixels = photo(700, 900)
    jpeg = cut(encoded(pixels, "JPEG", quality=95), mask_only=True, crop=crop, scale=0.5)
    full = cut(encoded(pixels), mask_only=True, crop=crop, scale=0.5)
    assert (jpeg.width, jpeg.height) == (full.width, full.height)
    assert np.abs(opened(jpeg.data).astype(int) - opened(full.data)).mean() < 1
