"""Rules for every file that git tracks."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REGISTRY_HOST = re.compile(r"--(extra-)?index-url|files\.python" + r"hosted|registry\.npm" + "js")
LINE_CAP = 450


def tracked(suffixes: tuple[str, ...]) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in listing.stdout.splitlines() if line.endswith(suffixes)]


def test_no_file_names_a_package_registry() -> None:
    named = [
        path.name
        for path in tracked((".txt", ".toml", ".json", ".cfg", ".yml", ".npmrc"))
        if REGISTRY_HOST.search(path.read_text())
    ]
    assert named == []


def test_no_source_file_outgrows_its_topic() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in tracked((".py",))
        if "migrations" not in path.parts and (lines := path.read_text().count("\n")) > LINE_CAP
    }
    assert long == {}


def test_endpoints_are_described_in_openapi_modules_and_not_at_their_views() -> None:
    described = [
        path.relative_to(ROOT).as_posix()
        for path in tracked((".py",))
        if "extend_schema(\n" in path.read_text() and "openapi" not in (path.stem, path.parent.name)
    ]
    assert described == []


def test_the_first_line_of_a_docstring_says_what_the_thing_is() -> None:
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    questions = [
        f"{path.relative_to(ROOT)}: {text.splitlines()[0]}"
        for path in tracked((".py",))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, described)
        and (text := ast.get_docstring(node) or "").startswith(("What ", "Who ", "Where ", "How "))
    ]
    assert questions == []
