"""Rewriting of a model's Resize nodes, so that ONNX Runtime keeps its fast blocked layout.

PyTorch exports a bilinear resize with target sizes and in the mode `pytorch_half_pixel`. ONNX
Runtime resizes in its blocked layout (NCHWc) only by whole factors and in the mode `half_pixel`;
at anything else it turns the whole tensor round and back. Both say the same unless a side comes
out one pixel long (ONNX operator Resize, version 13), so the masks stay as they are.
"""

import mmap
import tempfile
from pathlib import Path
from typing import Any

import onnxruntime as ort

from removal.engine.onnx_messages import Messages, message_class

_SLOW, _FAST = b"pytorch_half_pixel", b"half_pixel"
_FLOAT = 1
# Loading takes a few copies of the file; larger ones are transformers, with little to gain.
_LARGEST = 200_000_000
_MESSAGES: Messages = {
    "Model": {"graph": (7, "Graph")},
    "Graph": {"node": (1, "*Node"), "initializer": (5, "*Tensor"), "output": (12, "*Value")},
    "Node": {"input": (1, "*string"), "output": (2, "*string"), "attribute": (5, "*Attribute")},
    "Attribute": {"name": (1, "string"), "s": (4, "bytes")},
    "Tensor": {"dims": (1, "*int64"), "type": (2, "int32"), "floats": (4, "*float")}
    | {"name": (8, "string")},
    "Value": {"name": (1, "string")},
}


def rewritten(path: Path) -> bytes | None:
    """The model of this file with faster resizes and only its first output, which stays the same;
    None where there is nothing to gain."""
    try:
        if path.stat().st_size > _LARGEST or not _mentions(path, _SLOW):
            return None
        return _rewritten(message_class(_MESSAGES, "Model").FromString(_folded(path)))
    except Exception:
        # A file that cannot be parsed here may still run as it is; loading it will show.
        return None


def _mentions(path: Path, words: bytes) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(words) >= 0


def _rewritten(model: Any) -> bytes:
    slow = [(node, part) for node in model.graph.node for part in node.attribute if part.s == _SLOW]
    sides = _shapes(model, {name for node, _ in slow for name in (node.input[0], node.output[0])})
    for node, mode in slow:
        factors = _factors(sides[node.input[0]], sides[node.output[0]])
        if factors:
            mode.s = _FAST
            name = f"{node.output[0]}_factors"
            model.graph.initializer.add(name=name, dims=[4], type=_FLOAT, floats=factors)
            # Before operator set 13 the second input, the region, may not be left out. What the
            # node has there is kept: it is read in one mode only, which is neither of these two.
            node.input[:] = [*node.input[:2], name]
    del model.graph.output[1:]
    changed: bytes = model.SerializeToString()
    return changed


def _folded(path: Path) -> bytes:
    """The model as ONNX Runtime writes it down, with what can be computed beforehand computed."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "folded.onnx")
        _opened(str(path), write_to=str(written))
        return written.read_bytes()


def _shapes(model: Any, names: set[str]) -> dict[str, list[Any]]:
    """The shapes that ONNX Runtime infers for these tensors; an unknown side is not a number."""
    outputs = model.graph.output
    count = len(outputs)
    for name in names - {output.name for output in outputs}:
        outputs.add(name=name)
    # The shapes are inferred on the model itself: a copy would hold its weights a second time.
    asked = model.SerializeToString()
    del outputs[count:]
    return {tensor.name: tensor.shape for tensor in _opened(asked).get_outputs()}


def _opened(model: str | bytes, *, write_to: str = "") -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    options.optimized_model_filepath = write_to
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _factors(before: list[Any], after: list[Any]) -> list[float] | None:
    """Whole factors between two NCHW shapes, or None where there are none."""
    known = len(before) == len(after) == 4 and all(isinstance(n, int) for n in (*before, *after))
    if not known or min(after[2:]) < 2:
        return None
    exact = all(new % old == 0 for old, new in zip(before, after, strict=True))
    return [new / old for old, new in zip(before, after, strict=True)] if exact else None
