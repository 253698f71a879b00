"""The optional fast engine: OpenVINO in bfloat16, where the processor has units for it and the
masks agree with float32."""

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import ModelSpec
from removal.engine.fusion import fuse, sides
from removal.engine.predictor import Predictor
from removal.engine.tensors import to_alpha
from removal.engine.types import Recipe

MIN_AGREEMENT = 0.99
_PROBE_SIDE = 384


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
        looks = sides(recipe, self.spec, self._fixed_side)
        return fuse(rgb, looks, self.spec, self.infer, flip=recipe.flip)

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
        # An OpenVINO that cannot even describe the processor is no use, whatever it raises.
        return False


def accelerate(
    spec: ModelSpec, path: Path, reference: Callable[[], Predictor], *, threads: int = 1
) -> Predictor | None:
    """Return a fast predictor that agrees with the float32 `reference`, or None."""
    if not is_supported():
        return None
    try:
        fast = OpenVinoPredictor(spec, path, threads=threads)
        agrees = agreement(fast, reference()) >= MIN_AGREEMENT
    except Exception:
        # Anything it cannot load or run, the reference engine can.
        return None
    return fast if agrees else None


def agreement(first: Predictor, second: Predictor) -> float:
    """The worst intersection over union of their masks on made-up pictures; 0…1."""
    worst = 1.0
    for picture in probes():
        a, b = (predictor.predict(picture, Recipe()) > 0.5 for predictor in (first, second))
        union = np.count_nonzero(a | b)
        worst = min(worst, np.count_nonzero(a & b) / union if union else 1.0)
    return worst


def probes() -> list[Pixels]:
    """Two pictures with an unmistakable subject: a figure and a bottle on a textured ground."""
    y, x = np.mgrid[:_PROBE_SIDE, :_PROBE_SIDE].astype(np.float32) / _PROBE_SIDE
    figure = np.maximum(0.10 - np.hypot(x - 0.5, y - 0.22), 0.2 - np.hypot(x - 0.5, (y - 0.7) / 2))
    bottle = np.minimum(0.12 - np.abs(x - 0.45), 0.35 - np.abs(y - 0.5))
    grain = np.random.default_rng(1).normal(0, 4, (_PROBE_SIDE, _PROBE_SIDE, 3))
    grounds = (205 + 30 * y, 150 + 60 * x)
    colours = ((170, 60, 50), (40, 90, 50))
    return [
        _drawn(shape, ground, colour, grain)
        for shape, ground, colour in zip((figure, bottle), grounds, colours, strict=True)
    ]


def _drawn(shape: Floats, ground: Floats, colour: tuple[int, int, int], grain: Any) -> Pixels:
    cover = np.clip(shape * _PROBE_SIDE + 0.5, 0, 1)[..., None]
    shade = 0.7 + 3 * np.clip(shape, 0, 0.1)[..., None]
    mixed = ground[..., None] * (1 - cover) + np.array(colour, dtype=np.float32) * shade * cover
    drawn: Pixels = np.clip(mixed + grain, 0, 255).astype(np.uint8)
    return drawn


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
