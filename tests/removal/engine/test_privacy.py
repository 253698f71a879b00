"""Inference runtimes report nothing to other machines."""

import os
import subprocess
import sys
from pathlib import Path

LOAD = """
from removal.engine import registry, runtimes
runtimes.OnnxPredictor(*registry.choose("basic", requested=registry.BUILT_IN))
"""


def test_the_runtime_keeps_no_identifier_and_queues_no_report(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    env = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", LOAD], env={**env, "HOME": str(home)}, check=True)
    assert list(home.rglob("*")) == []
