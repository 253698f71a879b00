"""The process's predictors: made on first use, after the fork, and shared by its threads."""

import os
import threading
from functools import partial
from pathlib import Path

import cv2

from removal.engine import devices
from removal.engine.accelerated import accelerate
from removal.engine.catalogue import ModelSpec
from removal.engine.checksums import checksum, matches
from removal.engine.devices import Device, NoGpu
from removal.engine.errors import ModelUnavailable
from removal.engine.predictor import LocalPredictor
from removal.engine.runtimes import OnnxPredictor

_locks: dict[int, threading.Lock] = {}
# The most pictures in one run of a model on a GPU, unless the caller says otherwise.
GPU_BATCH = 8
_Key = tuple[int, str, Path, int, bool, Device, int, Path | None]
_predictors: dict[_Key, LocalPredictor] = {}
# Files that could not be used, as they were then, and why: a checksum over a large file for every
# image would cost more than the image.
_unusable: dict[tuple[_Key, tuple[int, ...], str], tuple[str, str]] = {}


def get_predictor(
    spec: ModelSpec,
    path: Path,
    *,
    threads: int = 1,
    fast: bool = True,
    device: Device = Device.AUTO,
    batch: int = 0,
    cache: Path | None = None,
) -> LocalPredictor:
    """Return this process's predictor for a model, loading it the first time.

    `fast` permits the optional accelerated engine, which is used only where it agrees with
    float32. `batch` is the most pictures in one run, of threads that ask at the same time; with 0
    that is `GPU_BATCH` on a GPU, and 1 on processors, which gain nothing by it. `cache` is a folder
    for rewritten models.

    Raises ModelUnavailable when the file is missing, is not the one registered or cannot be loaded
    on the device; such a file is tried again when it has changed.
    """
    key = (os.getpid(), spec.name, path, threads, fast, device, batch, cache)
    with _lock():
        if key not in _predictors:
            _predictors[key] = _loaded_once(key, spec, path)
        return _predictors[key]


def _loaded_once(key: _Key, spec: ModelSpec, path: Path) -> LocalPredictor:
    attempt = (key, _identity(path), spec.checksum)
    if attempt in _unusable:
        message, advice = _unusable[attempt]
        raise ModelUnavailable(message, advice=advice)
    try:
        return load(
            spec,
            path,
            threads=key[3],
            fast=key[4],
            device=key[5],
            batch=key[6],
            cache=key[7],
        )
    except ModelUnavailable as error:
        _unusable[attempt] = (error.message, error.advice)
        raise


def _identity(path: Path) -> tuple[int, ...]:
    """Identity of the file, which changes whenever it is replaced."""
    try:
        status = path.stat()
    except OSError as error:
        raise ModelUnavailable(f"the model file {path.name} is not installed") from error
    return status.st_ino, status.st_size, status.st_mtime_ns


def load(
    spec: ModelSpec,
    path: Path,
    *,
    threads: int,
    fast: bool,
    device: Device = Device.AUTO,
    batch: int = 0,
    cache: Path | None = None,
) -> LocalPredictor:
    """A predictor of its own, which lives as long as the caller keeps it; see get_predictor."""
    try:
        intact = matches(path, spec.checksum)
    except FileNotFoundError as error:
        raise ModelUnavailable(f"the model {spec.name} is not installed") from error
    except OSError as error:
        reason = f"the file of the model {spec.name} cannot be read ({error.strerror})"
        raise ModelUnavailable(reason) from error
    if not intact:
        raise ModelUnavailable(
            f"the file of the model {spec.name} is not the registered one",
            advice=f"`manage.py download_model {spec.name} --replace` brings the registered one; "
            f"ALLOW_UNKNOWN_MODELS={spec.name}={checksum(path)} accepts {path}",
        )
    cv2.setNumThreads(threads)
    try:
        providers = devices.providers(device)
    except NoGpu as problem:
        raise ModelUnavailable(str(problem)) from None
    on_cpu = providers[0] == devices.CPU
    batch = batch or (1 if on_cpu else GPU_BATCH)
    reference = partial(
        OnnxPredictor, spec, path, threads=threads, providers=providers, batch=batch, cache=cache
    )
    quick = accelerate(spec, path, reference, threads=threads) if fast and on_cpu else None
    predictor = quick or reference()
    # ONNX Runtime takes the processor without an error where the GPU's libraries do not load.
    if device is Device.GPU and devices.CUDA not in predictor.engine:
        raise ModelUnavailable(f"the model {spec.name} does not run on a GPU here")
    return predictor


def _lock() -> threading.Lock:
    """The lock of this very process: one inherited by a fork might stay locked. Likewise a parent's
    sessions are not used here, because their threads do not exist in the child."""
    return _locks.setdefault(os.getpid(), threading.Lock())
