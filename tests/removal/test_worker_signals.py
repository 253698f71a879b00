"""Which workers load a model, and which never need one."""

import os
import subprocess
import sys

import pytest

PROBE = """
import sys, django
django.setup()
from removal import worker_signals
worker_signals.note_queues(options={"queues": sys.argv[1].split(",")})
worker_signals.warm_up()
print("onnxruntime" in sys.modules)
"""


@pytest.mark.parametrize(
    ("queues", "loaded"), [("batch", "True"), ("maintenance,delivery", "False")]
)
def test_only_workers_that_compute_images_load_the_model(queues: str, loaded: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, queues],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [loaded]
