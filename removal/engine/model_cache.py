"""Cache of rewritten models on the disk, because rewriting and checking one takes seconds.

The name of a file says what it was made of and by which version, and ends with its own checksum,
so one that is out of date, cut off or changed is never used. A folder that cannot be written to
costs only the time.
"""

import hashlib
import logging
import os
import tempfile
from pathlib import Path

import onnxruntime as ort

from removal.engine.catalogue import ModelSpec
from removal.engine.checksums import matches

logger = logging.getLogger(__name__)

# To be raised when models are rewritten or checked in another way.
_VERSION = 1


def find(folder: Path, spec: ModelSpec) -> Path | None:
    """The intact file of a model that was rewritten before, if there is one."""
    try:
        for path in folder.glob(f"{_prefix(spec)}-*.onnx"):
            if matches(path, f"sha256:{path.stem.rpartition('-')[2]}"):
                return path
    except OSError as problem:
        logger.warning("the cache of models cannot be read: %s", problem)
    return None


def store(folder: Path, spec: ModelSpec, content: bytes) -> None:
    """Keep a rewritten model, in place of older ones of its name."""
    target = folder / f"{_prefix(spec)}-{hashlib.sha256(content).hexdigest()}.onnx"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        older = [path for path in folder.glob(f"{spec.name}-*.onnx") if path != target]
        descriptor, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(partial).replace(target)
        finally:
            Path(partial).unlink(missing_ok=True)
        for path in older:
            path.unlink(missing_ok=True)
    except OSError as problem:
        logger.warning("%s cannot be kept as it was rewritten: %s", spec.name, problem)


def _prefix(spec: ModelSpec) -> str:
    made_of = f"{_VERSION} {ort.__version__} {spec.checksum}"
    return f"{spec.name}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
