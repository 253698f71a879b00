"""Runs the examples of `docs/migrating/` against a live server: host, key and file are replaced."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from config.asgi import application
from tests.common.test_asgi import running
from tests.removal.factories import photo, working

DOCS = Path(__file__).resolve().parents[3] / "docs/migrating"
HOST = "https://images.example.com"
KEY = "your-api-key"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMEOUT_S = 100
# By language: the file that a program is written to, and what runs it.
_RUNNERS = {
    "sh": ("example.sh", ("sh", "-eu")),
    "python": ("example.py", (sys.executable,)),
    "javascript": ("example.mjs", ("node",)),
    "typescript": ("example.mts", ("tsx",)),
    "php": ("example.php", ("php",)),
    "go": ("example.go", ("go", "run")),
}


@dataclass(frozen=True)
class Example:
    """One code block of a page; `number` counts those of its language, from 0."""

    page: str
    language: str
    number: int
    code: str

    def __str__(self) -> str:
        return f"{self.page}-{self.language}-{self.number}"


def examples(page: str) -> list[Example]:
    """The programs of a page; blocks of other languages show answers and commands."""
    found: list[Example] = []
    for language, code in _BLOCK.findall((DOCS / f"{page}.md").read_text()):
        if language in _RUNNERS:
            number = sum(example.language == language for example in found)
            found.append(Example(page, language, number, code))
    return found


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of the service, with a worker."""
    with running(application) as port, working():
        settings.BASE_URL = f"http://127.0.0.1:{port}"
        yield settings.BASE_URL


def run(
    example: Example,
    *,
    url: str,
    key: str,
    folder: Path,
    after: str = "",
    packages: Path | None = None,
) -> str:
    """Run an example in a folder with two photos and return what it prints. An empty key is none.

    `after` is code that calls what the example only defines, `packages` a `node_modules`.
    """
    name, _ = _RUNNERS[example.language]
    (folder / "photo.jpg").write_bytes(photo())
    (folder / "other.png").write_bytes(photo((90, 60), kind="PNG"))
    code = example.code.replace(HOST, url).replace(KEY, key)
    assert code != example.code
    (folder / name).write_text(f"{code}\n{after}")
    done = subprocess.run(
        [*_command(example.language, folder, packages), name],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _command(language: str, folder: Path, packages: Path | None) -> list[str]:
    name, *arguments = _RUNNERS[language][1]
    if packages:
        (folder / "node_modules").symlink_to(packages)
        name = shutil.which(name, path=packages / ".bin") or name
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return [program, *arguments]
