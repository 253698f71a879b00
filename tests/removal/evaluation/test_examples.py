from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from removal.evaluation.examples import Example, Pair, Unfit, find_pairs, read_pair, usable
from tests.removal.engine.factories import LIMITS, Array, linear_grey_profile, photo
from tests.removal.evaluation.factories import pair, truth


def read(files: Pair, *, unknown: int | None = None) -> Example:
    return read_pair(files, unknown=unknown, limits=LIMITS)


def is_truth(found: Array) -> bool:
    return bool(np.abs(found - truth() / 255).max() < 0.01)


def test_photos_with_a_mask_of_their_name(tmp_path: Path) -> None:
    first, second = pair(tmp_path, "a"), pair(tmp_path, "b")
    (tmp_path / "masks" / "alone.png").touch()
    (tmp_path / "photos" / "notes.txt").touch()
    assert find_pairs(tmp_path / "photos", tmp_path / "masks") == [first, second]


def test_a_mask_is_no_photo_however_its_folder_is_spelt(tmp_path: Path) -> None:
    files = pair(tmp_path)
    files.photo.rename(tmp_path / "masks" / "disc.jpg")
    found = find_pairs(tmp_path / "photos" / ".." / "masks", tmp_path / "masks")
    assert [one.photo.name for one in found] == ["disc.jpg"]


def test_a_masks_grey_is_no_shade_that_a_profile_bends(tmp_path: Path) -> None:
    levels = np.where(truth() > 127, 255, 128).astype(np.uint8)
    files = pair(tmp_path, mask=levels, icc_profile=linear_grey_profile())
    assert not read(files, unknown=128).known.all()


def test_a_photo_that_has_been_cut_out_already_is_unfit(tmp_path: Path) -> None:
    files = pair(tmp_path)
    cut_out = Image.fromarray(np.dstack([photo(), truth()]))
    cut_out.save(files.photo.with_suffix(".png"))
    with pytest.raises(Unfit, match="cut out already"):
        read(Pair(files.photo.with_suffix(".png"), files.mask))


def test_grey_mask(tmp_path: Path) -> None:
    example = read(pair(tmp_path))
    assert is_truth(example.truth)
    assert example.known.all()
    assert example.rgb.shape == (96, 128, 3)


def test_cutout_as_a_mask(tmp_path: Path) -> None:
    cutout = Image.new("RGB", (128, 96), "red")
    cutout.putalpha(Image.fromarray(truth()))
    assert is_truth(read(pair(tmp_path, mask=cutout)).truth)


def test_opaque_alpha_says_nothing(tmp_path: Path) -> None:
    mask = Image.fromarray(truth()).convert("RGBA")
    assert is_truth(read(pair(tmp_path, mask=mask)).truth)


def test_sixteen_bits(tmp_path: Path) -> None:
    mask = truth().astype(np.uint16) * 257
    assert is_truth(read(pair(tmp_path, mask=mask)).truth)


def test_orientation_of_a_mask(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.rot90(np.tril(np.full((96, 128), 255, np.uint8)))
    seen = read(pair(tmp_path, mask=np.ascontiguousarray(stored), exif=exif)).truth
    assert np.array_equal(seen * 255, np.tril(np.full((96, 128), 255)))


def test_mask_at_another_size(tmp_path: Path) -> None:
    small = Image.fromarray(truth()).resize((64, 48))
    assert read(pair(tmp_path, mask=small)).truth.shape == (96, 128)


def test_unknown_pixels_do_not_count(tmp_path: Path) -> None:
    mask = np.full((96, 128), 255, np.uint8)
    mask[:, :10] = 77
    assert read(pair(tmp_path, mask=mask), unknown=77).known.sum() == 96 * 118


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (truth() // 255, "brightest pixel is 1; a mask is white"),
        (np.where(truth() > 127, 1, 255).astype(np.uint8), "brightest pixel is 1"),
        (Image.fromarray(truth()).resize((96, 128)), "96 × 128 beside a photo of 128 × 96"),
        (Image.new("RGB", (128, 96), (128, 0, 0)).quantize(), "coloured; a mask is white"),
        (np.full((96, 128), 255, np.uint8), "every pixel is unknown"),
    ],
    ids=["0-and-1", "0-and-1-known", "sideways", "palette", "unknown"],
)
def test_masks_that_do_not_fit(mask: Array | Image.Image, reason: str, tmp_path: Path) -> None:
    with pytest.raises(Unfit, match=reason):
        read(pair(tmp_path, mask=mask), unknown=255)


@pytest.mark.parametrize("broken", ["photo", "mask"])
def test_unreadable_files_are_left_out_by_name(broken: str, tmp_path: Path) -> None:
    pairs = [pair(tmp_path, "bad"), pair(tmp_path, "good")]
    path: Path = getattr(pairs[0], broken)
    path.write_bytes(path.read_bytes()[:100])
    said: list[str] = []
    assert usable(pairs, read, warn=said.append) == pairs[1:]
    (line,) = said
    assert line.startswith(f"{path}: ")


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    files = pair(tmp_path)
    files.photo.unlink()
    with pytest.raises(Unfit, match=r"disc\.jpg: No such file or directory$"):
        read(files)
