"""Paths, functions and links that the documents name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PATH = re.compile(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)(?:: ([a-z_]+))?`")


@pytest.mark.parametrize("name", ["docs/architecture.md", "SECURITY.md", "CONTRIBUTING.md"])
def test_every_path_that_a_document_names_exists(name: str) -> None:
    named = _PATH.findall((ROOT / name).read_text())
    assert named
    missing = [path for path, _ in named if not (ROOT / path).exists() and "/" in path[:-1]]
    unknown = [
        function
        for path, function in named
        if function and f"def {function}(" not in (ROOT / path).read_text()
    ]
    assert (missing, unknown) == ([], [])


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert broken == []
