"""The memory of a worker at the largest picture that a surface takes."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[4]
_REMOVE = """
import io, pathlib
from PIL import Image, ImageDraw
from removal.engine import pipeline, registry, session
from removal.engine.types import Limits, Options, OutputFormat

picture = Image.new("RGB", (8660, 5770), (40, 80, 200))
ImageDraw.Draw(picture).ellipse((2500, 900, 6200, 4900), fill=(220, 30, 30))
file = io.BytesIO()
picture.save(file, "JPEG")
del picture
spec, path = registry.choose("standard", requested=registry.BUILT_IN)
cutout = pipeline.remove(
    file.getvalue(),
    Options(format=OutputFormat.ZIP, max_result_pixels=50_000_000),
    predictor=session.get_predictor(spec, path, threads=1, fast=False),
    recipe=registry.TIERS["standard"].recipe,
    limits=Limits(max_bytes=22 * 2**20, max_pixels=50_000_000),
)
assert cutout.width * cutout.height > 49_000_000
# The most memory of this program alone: what getrusage says includes the process that started it.
peak = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(peak)
"""


@pytest.mark.slow
def test_fifty_megapixels_stay_below_the_memory_of_a_worker() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _REMOVE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD
