"""Runs the examples of `docs/migrating/` against a live server: host, key and file are replaced."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.removal.factories import photo

DOCS = Path(__file__).resolve().parents[3] / "docs/migrating"
HOST = "https://images.example.com"
KEY = "your-api-key"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMEOUT_S = 60


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
    """The programs of a page; blocks of other languages show answers."""
    found: list[Example] = []
    for language, code in _BLOCK.findall((DOCS / f"{page}.md").read_text()):
        if language in _RUNNERS:
            number = sum(example.language == language for example in found)
            found.append(Example(page, language, number, code))
    return found


def run(example: Example, *, url: str, key: str, folder: Path, after: str = "") -> str:
    """Run an example in a folder with two photos and return what it prints. An empty key is none.

    `after` is code that calls what the example only defines.
    """
    command = _command(example.language, folder)
    (folder / "photo.jpg").write_bytes(photo())
    (folder / "other.png").write_bytes(photo((90, 60), kind="PNG"))
    code = example.code.replace(HOST, url).replace(KEY, key)
    assert code != example.code
    code = f"{code}\n{after}"
    (folder / "example.mts").write_text(code)
    done = subprocess.run(
        [*command, "example.mts" if example.language == "typescript" else code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _command(language: str, folder: Path) -> list[str]:
    name, *arguments = _RUNNERS[language]
    if language == "typescript":
        packages = Path(os.environ.get("NODE_PACKAGES", "none")) / "node_modules"
        if not (packages / "axios").is_dir():
            pytest.skip("NODE_PACKAGES names no folder into which npm has installed axios and tsx")
        (folder / "node_modules").symlink_to(packages.resolve())
        name = str(packages.resolve() / ".bin" / name)
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return [program, *arguments]


_RUNNERS = {
    "sh": ("sh", "-euc"),
    "python": (sys.executable, "-c"),
    "typescript": ("tsx",),
    "javascript": ("node", "--input-type=module", "-e"),
}
