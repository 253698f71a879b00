"""Small ONNX files for tests, right and wrong in one respect each."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.removal.engine.factories import Array

SIDE = 32


def mask_model(path: Path, *, channels: int = 3, finds: float = 1.0) -> Path:
    """Shrink the picture by half, enlarge it and add up its channels: what is bright is found, or
    with `finds` −1 what is dark."""
    constants: dict[str, Array] = {
        "sizes": np.array([1, channels, SIDE, SIDE], dtype=np.int64),
        "sum": np.full((1, channels, 1, 1), finds, dtype=np.float32),
    }
    nodes = [
        helper.make_node("MaxPool", ["input"], ["a"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node(
            "Resize", ["a", "", "", "sizes"], ["b"], mode="linear",
            coordinate_transformation_mode="pytorch_half_pixel",
        ),
        helper.make_node("Conv", ["b", "sum"], ["c"]),
        helper.make_node("Sigmoid", ["c"], ["alpha"]),
    ]  # fmt: skip
    return _saved(path, nodes, constants, [1, channels, SIDE, SIDE], [1, 1, SIDE, SIDE])


def classifier(path: Path) -> Path:
    """One number for the whole picture, as a model that tells cats from dogs would give."""
    nodes = [helper.make_node("ReduceMean", ["input"], ["alpha"], axes=[1, 2, 3], keepdims=0)]
    return _saved(path, nodes, {}, [1, 3, SIDE, SIDE], [1])


def fails_when_run(path: Path) -> Path:
    """Loads, and then gathers columns that no picture has."""
    constants: dict[str, Array] = {"far": np.array([10**6, 10**6])}
    nodes = [
        helper.make_node("Cast", ["input"], ["whole"], to=TensorProto.INT64),
        helper.make_node("ReduceMax", ["whole"], ["most"], keepdims=0),
        helper.make_node("Add", ["most", "far"], ["columns"]),
        helper.make_node("Gather", ["input", "columns"], ["alpha"], axis=3),
    ]
    return _saved(path, nodes, constants, [1, 3, SIDE, SIDE], ["a", "b", "c", "d"])


def _saved(
    path: Path,
    nodes: list[onnx.NodeProto],
    constants: dict[str, Array],
    given: list[int],
    answered: list[Any],
) -> Path:
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("input", given), ("alpha", answered))
    ]
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "test", values[:1], values[1:], weights)
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(path))
    return path
