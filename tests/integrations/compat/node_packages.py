"""Node packages that tests run, pinned in `node/`: clients of other services, and what the examples
of `docs/migrating/` need.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import require

_PINS = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `node_modules` with the pinned packages; skips the test where they cannot be had."""
    npm = require("npm", "node")["npm"]
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(_PINS / name, folder)
    # No package's own program runs: what they need comes ready-made.
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install the pinned packages: {done.stderr[-300:]}")
    return folder / "node_modules"
