"""ONNX Runtime: one session per model and process, shared by all threads."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime as ort

from removal.engine import devices, model_cache
from removal.engine.agreement import MIN_AGREEMENT, overlap, probes
from removal.engine.arrays import Floats, Pixels
from removal.engine.batching import Batcher, Run, with_free_batch
from removal.engine.catalogue import ModelSpec
from removal.engine.decision import decided
from removal.engine.devices import Device
from removal.engine.errors import ModelUnavailable
from removal.engine.fusion import fuse, sides
from removal.engine.resizes import rewritten
from removal.engine.tensors import shrink, to_alpha, to_tensor
from removal.engine.types import Recipe

logger = logging.getLogger(__name__)

_IMAGE_RANK, _COLOURS = 4, 3


class OnnxPredictor:
    """Runs one model file by ONNX Runtime. Safe to call from many threads at once."""

    def __init__(
        self,
        spec: ModelSpec,
        path: Path,
        *,
        threads: int = 1,
        providers: Sequence[str] | None = None,
        batch: int = 1,
        cache: Path | None = None,
    ) -> None:
        """`batch` is the most pictures in one run, of threads that ask at the same time; a model
        that cannot compute several in a run computes them one by one. `cache` is the folder of
        rewritten models (see `model_cache`).

        Raises ModelUnavailable for a file that cannot be loaded or is no model of masks.
        """
        self.spec = spec
        self.name = spec.name
        providers = providers or devices.providers(Device.AUTO)
        several = _of_several(spec, path, threads, providers) if batch > 1 else None
        self._session = several or _open(spec, path, threads, providers, cache)
        self._run: Run = Batcher(self._run_once, most=batch) if several else self._run_once
        self._input = self._session.get_inputs()[0].name
        self._fixed_side = _fixed_side(self._session)

    @property
    def engine(self) -> str:
        return f"onnxruntime {self._session.get_providers()[0]}"

    def input_side(self, recipe: Recipe) -> int:
        return max(sides(recipe, self.spec, self._fixed_side))

    def predict(self, rgb: Pixels, recipe: Recipe) -> Floats:
        likelihood = self.likelihood(rgb, recipe)
        return decided(likelihood) if self.spec.binary else likelihood

    def likelihood(self, rgb: Pixels, recipe: Recipe) -> Floats:
        views = sides(recipe, self.spec, self._fixed_side)
        return fuse(rgb, views, self.spec, self.infer, flip=recipe.flip)

    def infer(self, tensor: Floats) -> Floats:
        """Run one normalised input (1, 3, S, S) and return alpha (S, S).

        Raises ModelUnavailable when the model cannot compute it.
        """
        try:
            return to_alpha(self._run(tensor), self.spec)
        except Exception as error:
            raise ModelUnavailable(f"the model {self.name} failed to run") from error

    def _run_once(self, tensor: Floats) -> Floats:
        """The first output for inputs (N, 3, S, S)."""
        return cast(Floats, self._session.run(None, {self._input: tensor})[0])


def _of_several(
    spec: ModelSpec, path: Path, threads: int, providers: Sequence[str]
) -> ort.InferenceSession | None:
    """The model for any number of pictures a run, if it then gives the same masks."""
    session: ort.InferenceSession | None = _as_it_is(path, threads, providers)
    expected = _answers(session, spec)
    changed = with_free_batch(path)
    if changed is not None:
        # The original is released first, so that two sessions are never in memory at once.
        session = None
    try:
        session = session or _session(changed or str(path), threads, providers)
        answers = _answers(session, spec, together=True)
    except Exception as error:
        logger.warning("%s computes one picture a run: %s", spec.name, error)
        return None
    worst = min(overlap(*pair) for pair in zip(expected, answers, strict=True))
    if worst < MIN_AGREEMENT:
        logger.warning("%s computes one picture a run: masks differ (%.3f)", spec.name, worst)
        return None
    return session


def _open(
    spec: ModelSpec, path: Path, threads: int, providers: Sequence[str], cache: Path | None
) -> ort.InferenceSession:
    quick = _faster(spec, path, threads, cache) if providers[0] == devices.CPU else None
    return quick or _as_it_is(path, threads, providers)


def _as_it_is(path: Path, threads: int, providers: Sequence[str]) -> ort.InferenceSession:
    try:
        session = _session(str(path), threads, providers)
    except Exception as error:
        # ONNX Runtime's exceptions share no public base class.
        raise ModelUnavailable(f"the model file {path.name} cannot be loaded") from error
    if not _finds_masks(session):
        raise ModelUnavailable(f"the model file {path.name} does not turn pictures into masks")
    return session


def _faster(
    spec: ModelSpec, path: Path, threads: int, cache: Path | None
) -> ort.InferenceSession | None:
    """The model with its resizes rewritten, if it then loads and gives the same masks.

    The original is run first and released, so that two sessions are never in memory at once. What
    was checked before is in the cache and only loaded; without a checksum nothing is cached.
    """
    folder = cache if spec.checksum else None
    kept = model_cache.find(folder, spec) if folder else None
    if kept is not None:
        try:
            return _session(str(kept), threads, (devices.CPU,))
        except Exception:
            logger.warning("%s cannot be loaded from %s", spec.name, kept, exc_info=True)
    model = rewritten(path)
    if model is None:
        return None
    cpu = (devices.CPU,)
    expected = _answers(_as_it_is(path, threads, cpu), spec)
    try:
        session = _session(model, threads, cpu)
        answers = _answers(session, spec)
    except Exception:
        logger.warning("%s runs as it is: rewritten, it cannot be loaded", spec.name, exc_info=True)
        return None
    worst = min(overlap(*pair) for pair in zip(expected, answers, strict=True))
    if worst < MIN_AGREEMENT:
        logger.warning("%s runs as it is: rewritten, its masks differ (%.3f)", spec.name, worst)
        return None
    if folder:
        model_cache.store(folder, spec, model)
    return session


def _session(model: str | bytes, threads: int, providers: Sequence[str]) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=list(providers))


def _finds_masks(session: ort.InferenceSession) -> bool:
    """Whether the model takes one RGB picture and returns an array of a picture's shape."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(inputs[0].shape) != _IMAGE_RANK:
        return False
    if inputs[0].shape[1] != _COLOURS and isinstance(inputs[0].shape[1], int):
        return False
    answer = outputs[0].shape
    return len(answer) >= 2 and all(side != 1 for side in answer[-2:])


def _fixed_side(session: ort.InferenceSession) -> int | None:
    side = session.get_inputs()[0].shape[-1]
    return side if isinstance(side, int) else None


def _answers(
    session: ort.InferenceSession, spec: ModelSpec, *, together: bool = False
) -> list[Floats]:
    """The masks of the probe pictures, computed one by one or in one run."""
    side = _fixed_side(session) or spec.size
    name = session.get_inputs()[0].name
    tensors = [to_tensor(shrink(picture, side, spec), spec) for picture in probes()]
    if together:
        tensors = [np.concatenate(tensors)]
    try:
        runs = [session.run(None, {name: tensor})[0] for tensor in tensors]
    except Exception as error:
        raise ModelUnavailable(f"the model {spec.name} failed to run") from error
    return [to_alpha(output, spec) for output in (runs[0] if together else runs)]
