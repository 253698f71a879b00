"""Which workers load a model, and which never need one."""

import os
import subprocess
import sys

import pytest
from pytest_django import Settings

from removal import worker_signals
from removal.engine import registry, session
from removal.engine.devices import Device
from removal.engine.errors import ModelUnavailable

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


def test_a_worker_told_to_use_a_gpu_refuses_to_start_without_one() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "batch", "-P", "solo"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "INFERENCE_DEVICE": "gpu",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode != 0
    assert "INFERENCE_DEVICE=gpu: This installation's ONNX Runtime" in ran.stderr


def test_workers_that_compute_no_images_need_no_gpu(settings: Settings) -> None:
    settings.INFERENCE_DEVICE = "gpu"
    before = set(worker_signals._consumed)
    try:
        worker_signals.note_queues(options={"queues": ["delivery"]})
    finally:
        worker_signals._consumed.clear()
        worker_signals._consumed.update(before)


def test_no_model_runs_on_the_processor_in_place_of_a_gpu() -> None:
    spec = registry.MODELS["lumiku-lite"]
    with pytest.raises(ModelUnavailable, match="processors only"):
        session.load(
            spec, registry.BUILT_IN_HOME / spec.file, threads=1, fast=False, device=Device.GPU
        )
