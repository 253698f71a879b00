"""Programs of the operating system that some tests run; `bin/install-system-packages` has them."""

import os
import shutil

import pytest

# Where Debian keeps servers; not on the PATH of a normal user.
_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def find(name: str) -> str | None:
    """The program's path, or None."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *_FOLDERS)))


def require(*names: str) -> dict[str, str]:
    """The paths of all `names`; skips the test when one is missing."""
    found = {name: find(name) for name in names}
    missing = sorted(name for name, path in found.items() if path is None)
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; see bin/install-system-packages")
    return {name: path for name, path in found.items() if path}
