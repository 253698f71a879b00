"""ONNX Runtime: one session per model and process, shared by all threads."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import onnxruntime as ort

from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import ModelSpec
from removal.engine.errors import ModelUnavailable
from removal.engine.fusion import fuse, sides
from removal.engine.resizes import rewritten
from removal.engine.tensors import to_alpha
from removal.engine.types import Recipe

_PREFERRED = ("CUDAExecutionProvider", "CPUExecutionProvider")


def available_providers() -> tuple[str, ...]:
    """Providers worth using that this build of ONNX Runtime offers, best first."""
    offered = ort.get_available_providers()
    return tuple(name for name in _PREFERRED if name in offered)


class OnnxPredictor:
    """Runs one model file by ONNX Runtime. Safe to call from many threads at once."""

    def __init__(
        self,
        spec: ModelSpec,
        path: Path,
        *,
        threads: int = 1,
        providers: Sequence[str] | None = None,
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self._session = _open(path, threads, providers or available_providers())
        model_input = self._session.get_inputs()[0]
        self._input = model_input.name
        side = model_input.shape[-1]
        self._fixed_side = side if isinstance(side, int) else None

    @property
    def engine(self) -> str:
        return f"onnxruntime {self._session.get_providers()[0]}"

    def input_side(self, recipe: Recipe) -> int:
        return max(sides(recipe, self.spec, self._fixed_side))

    def predict(self, rgb: Pixels, recipe: Recipe) -> Floats:
        looks = sides(recipe, self.spec, self._fixed_side)
        return fuse(rgb, looks, self.spec, self.infer, flip=recipe.flip)

    def infer(self, tensor: Floats) -> Floats:
        """Run one normalised input (1, 3, S, S) and return alpha (S, S)."""
        outputs = self._session.run(None, {self._input: tensor})
        return to_alpha(cast(Floats, outputs[0]), self.spec)


def _open(path: Path, threads: int, providers: Sequence[str]) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        model = rewritten(path) if providers[0] == _PREFERRED[-1] else None
        return ort.InferenceSession(model or str(path), options, providers=list(providers))
    except Exception as error:
        # ONNX Runtime's exceptions share no public base class.
        raise ModelUnavailable(f"the model file {path.name} cannot be loaded") from error
