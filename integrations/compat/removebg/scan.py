"""Search of a code base for uses of remove.bg's API, and what to change at each. A pure module."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 2 * 1024 * 1024
_SHOWN = 160
_SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".venv",
        "venv",
        "__pycache__",
        "vendor",
        ".tox",
        ".mypy_cache",
    }
)


@dataclass(frozen=True)
class Use:
    """One line that uses the API: its file, its number from 1, its text, and what to do with it."""

    path: Path
    line: int
    text: str
    advice: str


# The first that fits a line names what to do.
_PATTERNS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.IGNORECASE), advice)
    for pattern, advice in (
        (r"api\.remove\.bg", "put the address of your service in place of https://api.remove.bg"),
        (
            r"(from|import)\s+removebg\b",
            "Python package removebg: set removebg.removebg.API_ENDPOINT before the first call",
        ),
        (
            r"""["']remove\.bg["']""",
            "Node package remove.bg: its address is fixed; use a hosts entry or patch-package",
        ),
        (
            r"""["']removd["']""",
            "Node package removd: its address is fixed; use a hosts entry or patch-package",
        ),
        (
            r"github\.com/remove-bg/go",
            "Go client: its address is fixed; use a hosts entry, or a transport that sets the host",
        ),
        (
            r"""["'][\w.-]+/remove-?bg["']""",
            "PHP package: use a hosts entry, unless its address can be set",
        ),
        (
            r"\bremovebg-cli\b|\bremovebg\s+(--|account|[^\s]+\.(jpe?g|png))",
            "removebg-cli: use a hosts entry",
        ),
        (
            r"""gem\s+["']remove_bg["']|\bRemoveBg\.(configure|from_)""",
            "Ruby gem remove_bg: make a RemoveBg::ApiClient with a connection to your service",
        ),
        (r"\bREMOVE_?BG_API_KEY\b", "put a key of your service here"),
    )
)


def scan(folder: Path) -> Iterator[Use]:
    """Every use below `folder`, by path. Large, binary and unreadable files, and folders of
    packages, are left out.
    """
    for path in sorted(_files(folder)):
        for number, text in enumerate(_lines(path), start=1):
            if advice := advice_for(text):
                yield Use(path, number, text.strip()[:_SHOWN], advice)


def advice_for(text: str) -> str:
    """Advice for a line of code; "" for one that does not use the API."""
    return next((advice for pattern, advice in _PATTERNS if pattern.search(text)), "")


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir():
            if path.name not in _SKIPPED:
                yield from _files(path)
        elif path.is_file():
            yield path


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b"\0"
    except OSError:
        return []
    return [] if b"\0" in data else data.decode(errors="replace").splitlines()
