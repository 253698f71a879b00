"""Web processes stay small: they never load a runtime that only workers need."""

import os
import subprocess
import sys

HEAVY = ("onnxruntime", "openvino", "rembg", "cv2", "numpy")
PROBE = f"""
import sys
import config.asgi, config.urls
print(",".join(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_loading_every_url_imports_no_inference_runtime() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.base"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout.strip() == ""
