from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from removal.engine.registry import choose
from removal.engine.resizes import rewritten
from tests.removal.engine.factories import Array

SIDE = 16


def _saved(path: Path, *, size: int, mode: str = "pytorch_half_pixel", opset: int = 17) -> Path:
    """Shrink by half, enlarge to `size` with target sizes, convolve; a second output beside."""
    # Until operator set 13 the region and the factors of a resize had to be there, though empty.
    roi, none = ("roi", "none") if opset < 13 else ("", "")
    random = np.random.default_rng(5)
    constants: dict[str, Array] = {
        "first": random.normal(size=(16, 3, 3, 3)).astype(np.float32),
        "second": random.normal(size=(1, 16, 3, 3)).astype(np.float32),
        "sizes": np.array([1, 16, size, size], dtype=np.int64),
        "roi": np.array([], dtype=np.float32),
        "none": np.array([], dtype=np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["input", "first"], ["a"], pads=[1] * 4),
        helper.make_node("MaxPool", ["a"], ["b"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node(
            "Resize", ["b", roi, none, "sizes"], ["c"], mode="linear",
            coordinate_transformation_mode=mode,
        ),
        helper.make_node("Conv", ["c", "second"], ["alpha"], pads=[1] * 4),
        helper.make_node("Sigmoid", ["a"], ["beside"]),
    ]  # fmt: skip
    shapes = {"input": [1, 3, SIDE, SIDE], "alpha": [1, 1, size, size]}
    shapes["beside"] = [1, 16, SIDE, SIDE]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "test", values[:1], values[1:], weights)
    opsets = [helper.make_opsetid("", opset)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(path))
    return path


def _answers(model: str | bytes) -> list[Array]:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(6).random((1, 3, SIDE, SIDE), dtype=np.float32)
    answers: list[Array] = session.run(None, {"input": picture})
    return answers


@pytest.mark.parametrize("opset", [11, 13, 17])
@pytest.mark.parametrize(
    ("size", "rewrites"), [(16, True), (24, True), (32, True), (12, False), (1, False)]
)
def test_the_answer_stays_the_same(size: int, rewrites: bool, opset: int, tmp_path: Path) -> None:
    path = _saved(tmp_path / "model.onnx", size=size, opset=opset)
    model = rewritten(path)
    assert model is not None
    assert (b"pytorch_half_pixel" not in model) is rewrites
    assert np.allclose(_answers(model)[0], _answers(str(path))[0], atol=1e-5)


def test_outputs_beyond_the_first_are_dropped(tmp_path: Path) -> None:
    model = rewritten(_saved(tmp_path / "model.onnx", size=16))
    assert model is not None
    assert len(_answers(model)) == 1


def test_a_file_that_is_no_model_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"pytorch_half_pixel")
    assert rewritten(path) is None


def test_a_model_with_nothing_to_gain_is_left_alone(tmp_path: Path) -> None:
    assert rewritten(_saved(tmp_path / "model.onnx", size=16, mode="half_pixel")) is None
    assert rewritten(choose("basic", requested="lumiku-lite")[1]) is None
