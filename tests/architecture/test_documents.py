"""Paths, functions, modules and links that the documents name exist; the changelog has a form."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split()
DOCUMENTS = [ROOT / name for name in TRACKED] or [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."} - {"var"}
_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*)(?:: (\w+))?[^`\n]*`")
_MODULE = re.compile(r"python3? -m ((?:\w+\.)+\w+)")


def paths_in(text: str) -> list[tuple[str, str]]:
    """Paths of this repository in backticks, each with the function that follows a colon."""
    return [found for found in _PATH.findall(text) if found[0].split("/")[0] in FOLDERS]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_and_modules_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text()
    missing = [path for path, _ in paths_in(text) if not (ROOT / path).exists()]
    unknown = [
        f"{path}: {function}"
        for path, function in paths_in(text)
        if function and f"def {function}(" not in (ROOT / path).read_text()
    ]
    modules = [
        name
        for name in _MODULE.findall(text)
        if name.split(".")[0] in FOLDERS and find_spec(name) is None
    ]
    assert (missing, unknown, modules) == ([], [], [])


def test_the_map_of_the_code_names_files() -> None:
    assert len(paths_in((ROOT / "docs/architecture.md").read_text())) > 40


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_changelog_has_each_heading_and_each_entry_once_in_a_line_of_its_own() -> None:
    releases = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1:]
    headings = [line for text in releases for line in text.splitlines() if line.startswith("### ")]
    lines = [line for text in releases for line in text.splitlines()[1:] if line]
    assert releases[0].split()[0] == "Unreleased"
    assert all(text.count(heading + "\n") <= 1 for text in releases for heading in headings)
    assert [line for line in lines if not line.startswith(("- ", "### "))] == []
    entries = [line for line in lines if line.startswith("- ")]
    assert [entry for entry in entries if entries.count(entry) > 1] == []
