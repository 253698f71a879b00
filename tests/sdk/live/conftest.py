"""The whole service as `bin/up` runs it, and the Python client built and installed beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lumiku import BackgroundRemoverClient

from tests.faults.service_stack import UNLIMITED, ServiceStack, running

ROOT = Path(__file__).resolve().parents[3]
SDK = ROOT / "sdk" / "python"
PHOTO = ROOT / "samples" / "chelsea.jpg"
_LIMITS = {
    "RATE_LIMIT_SINGLE": UNLIMITED,
    "RATE_LIMIT_UPLOADS": UNLIMITED,
    "RATE_LIMIT_REGISTER_ADDRESS": UNLIMITED,
    "RATE_LIMIT_LOGIN_ADDRESS": UNLIMITED,
}


@pytest.fixture(scope="session")
def service() -> Iterator[ServiceStack]:
    """One service for all tests; each has the demo account's key and its own files."""
    with running(left_out="", **_LIMITS) as stack:
        yield stack


@pytest.fixture
def client(service: ServiceStack) -> Iterator[BackgroundRemoverClient]:
    with BackgroundRemoverClient(service.key, base_url=service.address.url) as found:
        yield found


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three copies of a photo of a cat."""
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = [folder / f"img{number}.jpg" for number in (1, 2, 3)]
    for path in paths:
        path.write_bytes(PHOTO.read_bytes())
    return paths


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it would be published, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=SDK,
        check=True,
        capture_output=True,
    )
    [found] = folder.glob("lumiku-*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of an environment that has the package and nothing else of ours.

    Its dependencies come from the package index; skips where that cannot be reached.
    """
    venv = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, env=_plain())
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
    if subprocess.run([*pip, "httpx", "websockets", "tqdm"], check=False, env=_plain()).returncode:
        pytest.skip("the package index cannot be reached, which has what the package needs")
    subprocess.run([*pip, "--no-index", str(wheel)], check=True, env=_plain())
    return venv / "bin"


def _plain() -> dict[str, str]:
    """The environment without what would let a program find our own packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def environment(service: ServiceStack) -> dict[str, str]:
    """The environment of a user's shell."""
    return {
        **_plain(),
        "LUMIKU_BASE_URL": service.address.url,
        "LUMIKU_API_KEY": service.key,
    }
