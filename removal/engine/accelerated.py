"""The optional accelerated engine: OpenVINO in bfloat16.

It is used where the processor has units for bfloat16 and the masks agree with float32."""

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from removal.engine.agreement import MIN_AGREEMENT, agreement
from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import ModelSpec
from removal.engine.decision import decided
from removal.engine.fusion import fuse, sides
from removal.engine.predictor import LocalPredictor
from removal.engine.tensors import to_alpha
from removal.engine.types import Recipe


class OpenVinoPredictor:
    """Runs one model file by OpenVINO in bfloat16; each thread has its own request."""

    engine = "openvino CPU bf16"

    def __init__(self, spec: ModelSpec, path: Path, *, threads: int = 1) -> None:
        self.spec = spec
        self.name = spec.name
        self._compiled = _compile(path, threads)
        self._local = threading.local()
        side = self._compiled.input(0).partial_shape[-1]
        self._fixed_side = side.get_length() if side.is_static else None

    def input_side(self, recipe: Recipe) -> int:
        return max(sides(recipe, self.spec, self._fixed_side))

    def predict(self, rgb: Pixels, recipe: Recipe) -> Floats:
        likelihood = self.likelihood(rgb, recipe)
        return decided(likelihood) if self.spec.binary else likelihood

    def likelihood(self, rgb: Pixels, recipe: Recipe) -> Floats:
        views = sides(recipe, self.spec, self._fixed_side)
        return fuse(rgb, views, self.spec, self.infer, flip=recipe.flip)

    def infer(self, tensor: Floats) -> Floats:
        """Run one normalised input (1, 3, S, S) and return alpha (S, S)."""
        request = getattr(self._local, "request", None)
        if request is None:
            request = self._local.request = self._compiled.create_infer_request()
        request.infer({0: tensor}, share_inputs=True)
        output = cast(Floats, request.get_output_tensor(0).data)
        return to_alpha(output.copy(), self.spec)


def is_supported() -> bool:
    """Whether OpenVINO is installed and this processor computes in bfloat16."""
    if importlib.util.find_spec("openvino") is None:
        return False
    try:
        return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except Exception:
        # An OpenVINO that cannot describe the processor cannot run here, whatever it raises.
        return False


def accelerate(
    spec: ModelSpec, path: Path, reference: Callable[[], LocalPredictor], *, threads: int = 1
) -> LocalPredictor | None:
    """Return a fast predictor that agrees with the float32 `reference`, or None."""
    if not is_supported():
        return None
    try:
        fast = OpenVinoPredictor(spec, path, threads=threads)
        agrees = agreement(fast, reference()) >= MIN_AGREEMENT
    except Exception:
        # The reference engine serves what this one cannot load or run.
        return None
    return fast if agrees else None


def _core() -> Any:
    import openvino  # noqa: PLC0415 (an optional extra)

    return openvino.Core()


def _compile(path: Path, threads: int) -> Any:
    settings = {
        "INFERENCE_PRECISION_HINT": "bf16",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
    }
    return _core().compile_model(str(path), "CPU", settings)
