"""Loading of initial weights: the TensorFlow Lite backbone, the prototype, or a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import tflite  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from training.checkpoint import load_weights
from training.model import Classifier, Encoder, Network
from training.pair import VIEWS, member

BACKBONE = Path("backbone/deeplabv3_257_mv_gpu.tflite")  # in the folder of the data

Weights: TypeAlias = NDArray[np.float32]


def start_from(network: Network, path: Path) -> None:
    """Load the weights that the file has; the others keep their initial values.

    A checkpoint (.npz) has to contain all of them, or RuntimeError is raised.
    """
    if path.suffix == ".tflite":
        fill_published(network.encoder, network.classifier, path)
    elif path.suffix == ".onnx":
        fill_from_onnx(network, path)
    elif path.suffix == ".npz":
        network.load_state_dict(member(load_weights(path), VIEWS))
    else:
        raise ValueError(f"neither .tflite, .onnx nor .npz: {path}")


def read_tflite(path: Path) -> dict[str, Weights]:
    """All float tensors of a TensorFlow Lite file by name, convolutions in torch's layout."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    found: dict[str, Weights] = {}
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if tensor.Type() != tflite.TensorType.FLOAT32 or isinstance(data, int) or not len(data):
            continue
        name = tensor.Name().decode()
        values = np.frombuffer(data.tobytes(), np.float32).reshape(tensor.ShapeAsNumpy())
        found[name] = _to_torch_layout(name, values)
    return found


def fill_published(encoder: Encoder, classifier: Classifier, path: Path) -> None:
    """Load the weights of the published model, except the sizes of its input and output."""
    weights = read_tflite(path)
    fill_encoder(encoder, weights)
    fill_classifier(classifier, weights)


def fill_encoder(encoder: Encoder, weights: dict[str, Weights]) -> None:
    fill(encoder.stem, weights, "MobilenetV2/Conv")
    for index, block in enumerate(encoder.blocks):
        scope = "MobilenetV2/expanded_conv" + (f"_{index}" if index else "")
        for part in ("expand", "depthwise", "project"):
            layer = getattr(block, part)
            if layer is not None:
                fill(layer, weights, f"{scope}/{part}")


def fill_classifier(classifier: Classifier, weights: dict[str, Weights]) -> None:
    fill(classifier.pool, weights, "image_pooling")
    fill(classifier.local, weights, "aspp0")
    fill(classifier.classify, weights, "logits/semantic")
    both, bias = (weights[f"concat_projection/{part}"] for part in ("weights", "Conv2D_bias"))
    pooled = classifier.mix_pool.in_channels
    _copy(classifier.mix_pool, both[:, :pooled], np.zeros_like(bias))
    _copy(classifier.mix_local, both[:, pooled:], bias)


def fill(layer: nn.Conv2d, weights: dict[str, Weights], scope: str) -> None:
    is_depthwise = scope.endswith("/depthwise")
    kernel = f"{scope}/depthwise_weights" if is_depthwise else f"{scope}/weights"
    bias = f"{scope}/depthwise_bias" if is_depthwise else f"{scope}/Conv2D_bias"
    _copy(layer, weights[kernel], weights[bias])


def fill_from_onnx(network: Network, path: Path) -> None:
    """Load convolutions in execution order; shapes must agree one by one."""
    graph = onnx.load(path).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    layers = network.prototype_convs()
    if len(nodes) != len(layers):
        raise ValueError(f"{path} has {len(nodes)} convolutions, expected {len(layers)}")
    for node, layer in zip(nodes, layers, strict=True):
        _copy(layer, values[node.input[1]], values[node.input[2]])


def _to_torch_layout(name: str, values: Weights) -> Weights:
    if values.ndim != 4:
        return values
    if name.endswith("depthwise_weights"):
        return values.transpose(3, 0, 1, 2)
    return values.transpose(0, 3, 1, 2)


def _copy(layer: nn.Conv2d, weight: Weights, bias: Weights) -> None:
    if layer.bias is None or layer.weight.shape != weight.shape:
        raise ValueError(f"{tuple(layer.weight.shape)} cannot take {weight.shape}")
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight.copy()))
        layer.bias.copy_(torch.from_numpy(bias.copy()))
