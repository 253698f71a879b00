"""Export of a set of weights to ONNX: `python -m training.export --weights W --model M`.

The same weights always give the same bytes: the graph is built layer by layer in a fixed order and
contains no names, paths or dates of the machine that wrote it.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training import pair, wide
from training.checkpoint import load_weights
from training.model import (
    BACK,
    ENCODER_BLOCKS,
    FAR,
    MEET,
    NEAR,
    NOTHING,
    SKIP_BLOCKS,
    SOFA,
    TABLE,
    BlockSpec,
)

OPSET = 17
IR_VERSION = 8
INPUT, OUTPUT = "input", "alpha"


class GraphWriter:
    """A builder of the graph; every method appends nodes and returns the name of their output."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.scope = ""  # before the names of layers
        self.casts: dict[str, str] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, op: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def integers(self, name: str, *values: int) -> str:
        self.constants[name] = numpy_helper.from_array(np.array(values, np.int64), name)
        return name

    def weight(self, name: str) -> str:
        """A weight in half precision, which the runtime casts once, when it loads the model."""
        if name not in self.casts:
            half = self.constant(f"{name}.half", self.weights[name].astype(np.float16))
            self.casts[name] = self.add("Cast", [half], to=TensorProto.FLOAT)
        return self.casts[name]

    def has(self, layer: str) -> bool:
        return f"{self.scope}{layer}.weight" in self.weights

    def scalar(self, value: float) -> str:
        return self.constant(f"value_{value:g}", np.array(value, np.float32))

    def conv(
        self,
        x: str,
        layer: str,
        *,
        stride: int = 1,
        dilation: int = 1,
        depthwise: bool = False,
        pads: tuple[int, int] | None = None,
    ) -> str:
        """`pads` are before and after, on both axes; by default what keeps the size."""
        layer = f"{self.scope}{layer}"
        kernel = self.weights[f"{layer}.weight"]
        side = kernel.shape[2]
        before, after = pads or (dilation * (side // 2),) * 2
        names = [self.weight(f"{layer}.{part}") for part in ("weight", "bias")]
        return self.add(
            "Conv",
            [x, *names],
            kernel_shape=[side, side],
            strides=[stride, stride],
            dilations=[dilation, dilation],
            pads=[before, before, after, after],
            group=kernel.shape[0] if depthwise else 1,
        )

    def rectify(self, x: str) -> str:
        return self.add("Clip", [x, self.scalar(0), self.scalar(6)])

    def separable(self, x: str, layer: str) -> str:
        x = self.rectify(self.conv(x, f"{layer}.depthwise", depthwise=True))
        return self.rectify(self.conv(x, f"{layer}.pointwise"))

    def correct(self, x: str, layer: str, dilation: int = 1) -> str:
        y = self.rectify(self.conv(x, f"{layer}.expand"))
        y = self.rectify(self.conv(y, f"{layer}.depthwise", dilation=dilation, depthwise=True))
        return self.add("Add", [x, self.conv(y, f"{layer}.project")])

    def resize(self, x: str, factor: float = 2) -> str:
        scales = self.constant(f"scales_{factor:g}", np.array([1, 1, factor, factor], np.float32))
        return self.add(
            "Resize", [x, "", scales], mode="linear", coordinate_transformation_mode="half_pixel"
        )

    def mirror(self, x: str) -> str:
        """Reverse the columns."""
        bounds = {"from_last": -1, "past_first": np.iinfo(np.int64).min, "columns": 3, "back": -1}
        slicing = [self.integers(name, value) for name, value in bounds.items()]
        return self.add("Slice", [x, *slicing])

    def join(self, *parts: str) -> str:
        return self.add("Concat", list(parts), axis=1)


def to_onnx(weights: dict[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """The pair as a model that is free in batch and size."""
    writer = GraphWriter(weights)
    terms = []
    for scope, write, share in zip(
        (pair.VIEWS, pair.WIDE), (_views, _wide), weights[pair.SHARES], strict=True
    ):
        writer.scope = scope
        terms.append(_weighted(writer, write(writer), float(share)))
    (first, first_weight), (second, second_weight) = terms
    weighted = writer.add("Add", [first, second])
    mean = writer.add("Div", [weighted, writer.add("Add", [first_weight, second_weight])])
    logits = writer.add("Mul", [mean, writer.scalar(pair.SHARPENING)])
    writer.nodes.append(helper.make_node("Sigmoid", [logits], [OUTPUT], name="answer"))
    shape = ["batch", None, "height", "width"]
    graph = helper.make_graph(
        writer.nodes,
        "lumiku-lite",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [shape[0], 3, *shape[2:]])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [shape[0], 1, *shape[2:]])],
        list(writer.constants.values()),
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="lumiku-training"
    )
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model


def _weighted(writer: GraphWriter, logits: str, share: float) -> tuple[str, str]:
    """The logits times their weight, and the weight: `pair.confidence` times the share."""
    limits = [writer.scalar(-pair.LOGIT_LIMIT), writer.scalar(pair.LOGIT_LIMIT)]
    logits = writer.add("Clip", [logits, *limits])
    alpha = writer.add("Sigmoid", [logits])
    axes = writer.integers("picture_axes", 1, 2, 3)
    rest = writer.add("Sub", [writer.scalar(1), alpha])
    soft = writer.add("ReduceSum", [writer.add("Mul", [alpha, rest]), axes], keepdims=1)
    size = writer.add("ReduceSum", [alpha, axes], keepdims=1)
    softness = writer.add("Div", [soft, writer.add("Add", [size, writer.scalar(1)])])
    floored = writer.add("Add", [softness, writer.scalar(pair.SOFTNESS_FLOOR)])
    weight = writer.add("Div", [writer.scalar(share), writer.add("Mul", [floored, floored])])
    return writer.add("Mul", [logits, weight]), weight


def _views(writer: GraphWriter) -> str:
    """Logits of the network with two views."""
    *_, far_features = _encoder(writer, writer.mirror(writer.resize(INPUT, FAR)))
    far = writer.mirror(_context(writer, far_features))
    *taps, features = _encoder(writer, writer.resize(INPUT, NEAR))
    near = _context(writer, features)
    joined = writer.join(near, writer.resize(far, MEET))
    agreed = writer.correct(writer.conv(joined, "agree.mix"), "agree.correct")
    hint = writer.conv(_thing(writer, features), "hint")
    return _decoder(writer, writer.add("Add", [agreed, hint]), *taps)


def _wide(writer: GraphWriter) -> str:
    """Logits of the wide network."""
    at2, at4, at8, at16, features = _wide_encoder(writer, writer.resize(INPUT, wide.VIEW))
    x = _context(writer, features)
    for tap, level in ((at16, 16), (at8, 8), (at4, 4), (at2, 2)):
        name = f"level{level}"
        skip = writer.rectify(writer.conv(tap, f"{name}.skip"))
        x = writer.separable(writer.join(writer.resize(x), skip), f"{name}.mix")
        x = writer.correct(x, f"{name}.correct") if writer.has(f"{name}.correct.expand") else x
    return writer.resize(writer.conv(writer.separable(x, "last"), "out"), wide.BACK)


def export(weights_file: Path, model_file: Path) -> str:
    """Write the model; returns its SHA-256."""
    weights = {name: tensor.numpy() for name, tensor in load_weights(weights_file).items()}
    data = to_onnx(weights).SerializeToString(deterministic=True)
    model_file.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _encoder(writer: GraphWriter, rgb: str) -> list[str]:
    doubled = writer.add("Mul", [rgb, writer.scalar(2)])
    centred = writer.add("Sub", [doubled, writer.scalar(1)])
    x = writer.rectify(writer.conv(centred, "encoder.stem", stride=2))
    taps = [x]
    for index, spec in enumerate(ENCODER_BLOCKS):
        layer = f"encoder.blocks.{index}"
        inner = writer.rectify(writer.conv(x, f"{layer}.expand")) if spec.expand else x
        if index in SKIP_BLOCKS:
            taps.append(inner)
        x = _block(writer, x, inner, layer, spec)
    return [*taps, x]


def _block(writer: GraphWriter, x: str, inner: str, layer: str, spec: BlockSpec) -> str:
    y = writer.conv(
        inner, f"{layer}.depthwise", stride=spec.stride, dilation=spec.dilation, depthwise=True
    )
    y = writer.conv(writer.rectify(y), f"{layer}.project")
    if spec.stride == 1 and spec.inputs == spec.outputs:
        return writer.add("Add", [x, y])
    return y


def _wide_encoder(writer: GraphWriter, rgb: str) -> list[str]:
    doubled = writer.add("Mul", [rgb, writer.scalar(2)])
    centred = writer.add("Sub", [doubled, writer.scalar(1)])
    x = writer.rectify(
        writer.conv(centred, "encoder.stem", stride=2, pads=wide.padding(3, 2)),
    )
    taps = []
    for index, spec in enumerate(wide.BLOCKS):
        layer = f"encoder.blocks.{index}"
        inner = writer.rectify(writer.conv(x, f"{layer}.expand")) if spec.expand else x
        if index in wide.TAPS:
            taps.append(inner)
        pads = wide.padding(spec.kernel, spec.stride)
        y = writer.conv(inner, f"{layer}.depthwise", stride=spec.stride, depthwise=True, pads=pads)
        y = writer.conv(writer.rectify(y), f"{layer}.project")
        adds = spec.stride == 1 and spec.inputs == spec.outputs
        x = writer.add("Add", [x, y]) if adds else y
    return [*taps, x]


def _context(writer: GraphWriter, features: str) -> str:
    """Logits of the subject, from the deepest features."""
    pooled = writer.rectify(writer.conv(writer.add("GlobalAveragePool", [features]), "pool"))
    deep = writer.rectify(writer.conv(features, "deep"))
    spread = writer.add("Expand", [pooled, writer.add("Shape", [deep])])
    x = writer.separable(writer.join(deep, spread), "deep_mix")
    x = writer.correct(x, "context.0")
    return writer.correct(x, "context.1", dilation=2)


def _thing(writer: GraphWriter, features: str) -> str:
    pooled = writer.add("GlobalAveragePool", [features])
    pooled = writer.add("Relu", [writer.conv(pooled, "classifier.pool")])
    local = writer.add("Relu", [writer.conv(features, "classifier.local")])
    parts = [writer.conv(pooled, "classifier.mix_pool"), writer.conv(local, "classifier.mix_local")]
    mixed = writer.add("Relu", [writer.add("Add", parts)])
    likely = writer.add("Softmax", [writer.conv(mixed, "classifier.classify")], axis=1)
    grounds = writer.integers("grounds", NOTHING, TABLE, SOFA)
    ground = writer.add("Gather", [likely, grounds], axis=1)
    ground = writer.add("ReduceSum", [ground, writer.integers("channels", 1)], keepdims=1)
    return writer.add("Sub", [writer.scalar(1), ground])


def _decoder(writer: GraphWriter, x: str, at2: str, at4: str, at8: str) -> str:
    for tap, level, corrected in ((at8, 8, True), (at4, 4, True), (at2, 2, False)):
        skip = writer.rectify(writer.conv(tap, f"skip{level}"))
        x = writer.separable(writer.join(writer.resize(x), skip), f"mix{level}")
        x = writer.correct(x, f"correct{level}") if corrected else x
    return writer.resize(writer.conv(writer.separable(x, "mix2b"), "out"), BACK)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    args = parser.parse_args()
    print(f"{export(args.weights, args.model)}  {args.model}")


if __name__ == "__main__":
    main()
