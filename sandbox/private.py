"""Files that only their owner may read."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any


def write_text(path: Path, text: str) -> None:
    """Replace `path` atomically; other accounts can never read the content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def create(path: Path) -> None:
    """Create the file if it is missing, and restrict it to its owner in any case."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)


def open_log(path: Path) -> IO[bytes]:
    """Open a private file to append to."""
    create(path)
    return path.open("ab")


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON like `write_text`."""
    write_text(path, json.dumps(data, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`; empty when the file is missing or truncated."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return data if isinstance(data, dict) else {}
