"""The process's predictors: made on first use, after the fork, and shared by its threads."""

import os
import threading
from functools import partial
from pathlib import Path

import cv2

from removal.engine.accelerated import accelerate
from removal.engine.catalogue import ModelSpec
from removal.engine.checksums import matches
from removal.engine.errors import ModelUnavailable
from removal.engine.predictor import Predictor
from removal.engine.runtimes import OnnxPredictor, available_providers

_locks: dict[int, threading.Lock] = {}
_predictors: dict[tuple[int, str, Path, int, bool], Predictor] = {}


def get_predictor(spec: ModelSpec, path: Path, *, threads: int = 1, fast: bool = True) -> Predictor:
    """Return this process's predictor for a model, loading it the first time.

    `fast` permits the optional accelerated engine, which is used only where it agrees with
    float32. Raises ModelUnavailable when the file is missing or is not the one registered.
    """
    key = (os.getpid(), spec.name, path, threads, fast)
    with _lock():
        if key not in _predictors:
            _predictors[key] = load(spec, path, threads=threads, fast=fast)
        return _predictors[key]


def load(spec: ModelSpec, path: Path, *, threads: int, fast: bool) -> Predictor:
    """A predictor of its own, which lives as long as the caller keeps it; see get_predictor."""
    if not path.is_file():
        raise ModelUnavailable(f"the model {spec.name} is not installed")
    if not matches(path, spec.checksum):
        raise ModelUnavailable(f"the file of the model {spec.name} is not the registered one")
    cv2.setNumThreads(threads)
    reference = partial(OnnxPredictor, spec, path, threads=threads)
    on_cpu = available_providers()[0] == "CPUExecutionProvider"
    quick = accelerate(spec, path, reference, threads=threads) if fast and on_cpu else None
    return quick or reference()


def _lock() -> threading.Lock:
    """The lock of this very process: one inherited over a fork might be held for ever. Likewise a
    parent's sessions stay untouched here; their threads do not exist in the child."""
    return _locks.setdefault(os.getpid(), threading.Lock())
