"""Every block of docs/quickstart.md, run as it stands."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.faults.service_stack import ServiceStack
from tests.programs import require
from tests.sdk.live.conftest import PHOTO, ROOT, environment
from tests.sdk.live.test_typescript import project

__all__ = ["project"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PAGE = (ROOT / "docs" / "quickstart.md").read_text()
BLOCKS = {
    heading.strip(): block
    for heading, block in re.findall(r"^## (.+?)\n.*?^```\w+\n(.*?)^```", PAGE, re.DOTALL | re.M)
}
Run = Callable[..., None]


@pytest.fixture(scope="module")
def key(service: ServiceStack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The key that the first block ends with; the account can be made once."""
    done = subprocess.run(
        ["sh", "-eu", "-c", BLOCKS["An account and a key"] + '\nprintf %s "$LUMIKU_API_KEY"'],
        cwd=tmp_path_factory.mktemp("account"),
        env={**environment(service), "LUMIKU_API_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def run(service: ServiceStack, key: str, tmp_path: Path) -> Run:
    """Runs a block beside a photo; it has to leave its cut-out there."""

    def in_folder(*command: str, result: str, folder: Path = tmp_path) -> None:
        shutil.copy(PHOTO, folder / "photo.jpg")
        done = subprocess.run(
            command,
            cwd=folder,
            env={**environment(service), "LUMIKU_API_KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        with Image.open(folder / result) as cut_out, Image.open(PHOTO) as photo:
            assert (cut_out.mode, cut_out.size) == ("RGBA", photo.size)

    return in_folder


def test_the_page_has_five_languages() -> None:
    assert list(BLOCKS) == [
        *("An account and a key", "curl", "Python", "TypeScript", "PHP", "Go"),
    ]


def test_curl(run: Run) -> None:
    require("curl")
    run("sh", "-eu", "-c", BLOCKS["curl"], result="curl.png")


def test_python(run: Run, installed: Path) -> None:
    run(str(installed / "python"), "-c", BLOCKS["Python"], result="python.png")


def test_typescript(run: Run, project: Path) -> None:
    # Nothing in it needs a compiler.
    (project / "quickstart.mjs").write_text(BLOCKS["TypeScript"])
    run("node", "quickstart.mjs", result="typescript.png", folder=project)


def test_php(run: Run, tmp_path: Path) -> None:
    php = require("php")["php"]
    modules = subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout
    if "curl" not in modules.split():
        pytest.skip("PHP's curl is not installed")
    (tmp_path / "quickstart.php").write_text(BLOCKS["PHP"])
    run(php, "quickstart.php", result="php.png")


def test_go(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = require("go")["go"]
    monkeypatch.setenv("GOCACHE", str(tmp_path / "cache"))
    (tmp_path / "main.go").write_text(BLOCKS["Go"])
    run(go, "run", "main.go", result="go.png")
