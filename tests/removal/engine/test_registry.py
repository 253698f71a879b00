from pathlib import Path

import pytest

from removal.engine.checksums import checksum, matches
from removal.engine.errors import ModelUnavailable
from removal.engine.registry import MODELS, TIERS, choose, locate, model_homes


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_falls_back_to_the_built_in_model(tier: str, tmp_path: Path) -> None:
    spec, path = choose(tier, model_home=tmp_path)
    assert spec.name == "lumiku-lite"
    assert path.is_file()


def test_the_built_in_file_is_the_registered_one() -> None:
    spec, path = choose("basic", requested="lumiku-lite")
    assert matches(path, spec.checksum)
    assert path.stat().st_size <= 6 * 1024 * 1024


@pytest.mark.parametrize("place", ["u2netp.onnx", "models/u2netp/u2netp.onnx"])
def test_an_installed_model_is_preferred(place: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(b"model")
    spec, path = choose("basic", model_home=tmp_path)
    assert (spec.name, path) == ("u2netp", tmp_path / place)


def test_a_requested_model_never_falls_back(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not installed"):
        choose("basic", model_home=tmp_path, requested="u2net")


@pytest.mark.parametrize("name", ["bria-rmbg", "isnet-general-use"])
def test_a_non_commercial_model_needs_the_operators_opt_in(name: str, tmp_path: Path) -> None:
    (tmp_path / MODELS[name].file).write_bytes(b"model")
    with pytest.raises(ModelUnavailable, match="commercial"):
        choose("basic", model_home=tmp_path, requested=name)
    assert choose("basic", model_home=tmp_path, requested=name, allow_noncommercial=True)


def test_no_tier_prefers_a_non_commercial_model() -> None:
    assert all(MODELS[name].commercial for tier in TIERS.values() for name in tier.models)


@pytest.mark.parametrize(("tier", "model"), [("gold", None), ("basic", "nonsense")])
def test_unknown_names_are_refused_with_the_allowed_ones(tier: str, model: str | None) -> None:
    with pytest.raises(ModelUnavailable, match="use one of"):
        choose(tier, requested=model)


def test_the_model_home_is_where_rembg_looks() -> None:
    assert model_homes({"U2NET_HOME": "/m"}) == (Path("/m"),)
    assert model_homes({"XDG_DATA_HOME": "/d"}) == (Path("/d/rembg"), Path("/d/.u2net"))
    assert model_homes({"REMBG_HOME": "/r", "XDG_DATA_HOME": "/d"})[0] == Path("/r")
    assert model_homes({})[1] == Path("~/.u2net").expanduser()


def test_a_file_that_is_not_there_is_not_located(tmp_path: Path) -> None:
    assert locate(MODELS["u2net"], tmp_path) is None


def test_checksums_name_their_kind(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"")
    assert checksum(file, "md5") == "md5:d41d8cd98f00b204e9800998ecf8427e"
    assert matches(file, checksum(file))
    assert not matches(file, "md5:00")
    with pytest.raises(ValueError, match="digest"):
        checksum(file, "crc32")
