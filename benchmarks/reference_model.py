"""An ONNX file with the layers of small U²-Net at 320 px, for comparing pipelines fairly.

Topology after Qin et al., "U²-Net: Going Deeper with Nested U-Structure" (Pattern Recognition
2020), the small variant: same layers, channels, sizes and therefore arithmetic; weights are seeded
noise. To make the mask plausible rather than noise, a fixed figure is added to the answer before
the last sigmoid, and the network contributes a little texture.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 320
_MIDDLE, _WIDTH = 16, 64
_RSU7, _RSU6, _RSU5, _RSU4 = 7, 6, 5, 4
_ENCODER = (_RSU7, _RSU6, _RSU5, _RSU4)


@dataclass
class _Graph:
    """A builder of nodes and weights; it stores side and depth of each named tensor."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)
    side: dict[str, int] = field(default_factory=dict)
    depth: dict[str, int] = field(default_factory=dict)
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(2020))

    def add(self, kind: str, inputs: list[str], side: int, depth: int, **attributes: Any) -> str:
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        self.side[name], self.depth[name] = side, depth
        return name

    def constant(self, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def conv(self, x: str, depth: int, *, kernel: int = 3, dilation: int = 1) -> str:
        fan_in = self.depth[x] * kernel * kernel
        shape = (depth, self.depth[x], kernel, kernel)
        weight = self.random.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        inputs = [x, self.constant(weight), self.constant(np.zeros(depth, dtype=np.float32))]
        pad = dilation * (kernel // 2)
        attributes = {"kernel_shape": [kernel] * 2, "pads": [pad] * 4, "dilations": [dilation] * 2}
        return self.add("Conv", inputs, self.side[x], depth, **attributes)

    def unit(self, x: str, depth: int, *, dilation: int = 1) -> str:
        """Convolution (its batch norm folded in) and ReLU."""
        convolved = self.conv(x, depth, dilation=dilation)
        return self.add("Relu", [convolved], self.side[x], depth)

    def pool(self, x: str) -> str:
        attributes = {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}
        return self.add("MaxPool", [x], -(-self.side[x] // 2), self.depth[x], **attributes)

    def resize(self, x: str, side: int) -> str:
        if self.side[x] == side:
            return x
        sizes = self.constant(np.array([1, self.depth[x], side, side], dtype=np.int64))
        mode = {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}
        return self.add("Resize", [x, "", "", sizes], side, self.depth[x], **mode)

    def concat(self, *parts: str) -> str:
        depth = sum(self.depth[part] for part in parts)
        return self.add("Concat", list(parts), self.side[parts[0]], depth, axis=1)

    def sum(self, a: str, b: str) -> str:
        return self.add("Add", [a, b], self.side[a], self.depth[a])


def _rsu(graph: _Graph, x: str, height: int) -> str:
    """A residual U-block of the given height, pooling between its levels."""
    entry = graph.unit(x, _WIDTH)
    levels, current = [], entry
    for level in range(height - 1):
        current = graph.unit(graph.pool(current) if level else current, _MIDDLE)
        levels.append(current)
    current = graph.unit(current, _MIDDLE, dilation=2)
    for level in reversed(range(height - 1)):
        current = graph.resize(current, graph.side[levels[level]])
        depth = _MIDDLE if level else _WIDTH
        current = graph.unit(graph.concat(current, levels[level]), depth)
    return graph.sum(current, entry)


def _rsu_dilated(graph: _Graph, x: str) -> str:
    """The block without pooling: dilations 1, 2, 4, 8 and back."""
    entry = graph.unit(x, _WIDTH)
    levels, current = [], entry
    for dilation in (1, 2, 4):
        current = graph.unit(current, _MIDDLE, dilation=dilation)
        levels.append(current)
    current = graph.unit(current, _MIDDLE, dilation=8)
    for dilation, depth in ((4, _MIDDLE), (2, _MIDDLE), (1, _WIDTH)):
        joined = graph.concat(current, levels.pop())
        current = graph.unit(joined, depth, dilation=dilation)
    return graph.sum(current, entry)


def _figure() -> NDArray[np.float32]:
    """Logits of a standing figure: a head over a body, edges about three pixels soft."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    head = 0.11 - np.hypot(x - 0.5, (y - 0.24) * 0.9)
    body = (1 - np.hypot((x - 0.5) / 0.24, (y - 0.72) / 0.40)) * 0.24
    logits: NDArray[np.float32] = (np.maximum(head, body) * SIDE * 1.5).clip(-12, 12)
    return logits[None, None].astype(np.float32)


def _network(graph: _Graph) -> list[str]:
    """Nested U: six encoders, five decoders, and the six side answers at full size."""
    stages, current = [], "input"
    for height in _ENCODER:
        current = _rsu(graph, current, height)
        stages.append(current)
        current = graph.pool(current)
    stages.append(_rsu_dilated(graph, current))
    current = _rsu_dilated(graph, graph.pool(stages[-1]))
    decoded = [current]
    for index in reversed(range(len(stages))):
        joined = graph.concat(graph.resize(current, graph.side[stages[index]]), stages[index])
        deepest = index == len(stages) - 1
        current = _rsu_dilated(graph, joined) if deepest else _rsu(graph, joined, _ENCODER[index])
        decoded.append(current)
    return [graph.resize(graph.conv(x, 1), SIDE) for x in reversed(decoded)]


def build() -> onnx.ModelProto:
    """Make the model: input float32 1×3×320×320, first output 1×1×320×320 in 0…1."""
    graph = _Graph(side={"input": SIDE}, depth={"input": 3})
    sides = _network(graph)
    fused = graph.conv(graph.concat(*sides), 1, kernel=1)
    bounded = graph.add("Tanh", [fused], SIDE, 1)
    texture = graph.add("Mul", [bounded, graph.constant(np.full(1, 0.3, np.float32))], SIDE, 1)
    answer = graph.sum(texture, graph.constant(_figure()))
    outputs = [graph.add("Sigmoid", [x], SIDE, 1) for x in (answer, *sides)]
    shape = [1, 1, SIDE, SIDE]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "reference",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in outputs],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.checker.check_model(model)
    return model


def write(path: Path) -> Path:
    """Build the model and save it."""
    onnx.save(build(), str(path))
    return path
