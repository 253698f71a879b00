"""`bin/up` from an empty folder to a cut-out and a clean stop, as a user runs it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from sandbox.application import ROOT
from sandbox.postgres import Postgres

PHOTO = ROOT / "samples" / "chelsea.jpg"


@pytest.fixture
def var() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
        Postgres(folder).remove()


def _up(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    unset = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, "-m", "sandbox.up", *arguments],
        cwd=ROOT,
        # Without a network the built-in model serves, and one line says so.
        env={
            **env,
            "VAR_DIR": str(var),
            "U2NET_HOME": str(var / "models"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": "http://127.0.0.1:1/simple/",
            "https_proxy": "http://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_photo_goes_in_and_a_cut_out_comes_back(var: Path, tmp_path: Path) -> None:
    (text := tmp_path / "text.jpg").write_text("not a photo")
    first = _up(var, "--once", "--out", str(tmp_path / "out"), str(PHOTO))
    assert first.returncode == 0, first.stdout
    assert first.stdout.count("without it the tiers use what is here") <= 1
    with (
        Image.open(tmp_path / "out" / "chelsea-removed.png") as cut_out,
        Image.open(PHOTO) as photo,
    ):
        assert (cut_out.mode, cut_out.size) == ("RGBA", photo.size)
    access = json.loads((var / "up.json").read_text())
    assert set(access) == {
        *("url", "email", "password", "apiKey", "adminEmail", "adminPassword", "paymentsUrl")
    }

    second = _up(var, "--once", str(text))
    assert second.returncode == 1
    assert "text.jpg: Not an image" in second.stdout
    again = json.loads((var / "up.json").read_text())
    assert again["apiKey"] == access["apiKey"]
