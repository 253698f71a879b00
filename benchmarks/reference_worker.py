"""The service's Celery app with the reference model in place of `u2netp`.

Only the checksum changes: the file in `U2NET_HOME` is then accepted, and tier basic runs the same
network that `rembg` is measured with.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import cast

from config.celery import app
from removal.engine import catalogue, checksums, registry

__all__ = ["app"]

_FILE = Path(os.environ["U2NET_HOME"]) / "u2netp.onnx"
_models = cast("dict[str, catalogue.ModelSpec]", registry.MODELS)
_models["u2netp"] = replace(_models["u2netp"], checksum=checksums.checksum(_FILE))
