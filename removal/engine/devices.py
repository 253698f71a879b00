"""The device on which models run, and a check that there is a usable GPU.

`python -m removal.engine.devices MODEL` runs that check in a process of its own, because a process
that has touched the GPU must not be forked afterwards. It ends with 0 or, with a reason, 1.
"""

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_CHECK_S = 120


class Device(StrEnum):
    """`auto` takes a GPU where there is one; `gpu` refuses to work without."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


class NoGpu(Exception):
    """No model can run on a GPU here; the message says why."""


def providers(device: Device) -> tuple[str, ...]:
    """ONNX Runtime's execution providers for a device, best first. Raises NoGpu."""
    import onnxruntime as ort  # noqa: PLC0415 - heavy, and not needed by who only names a device

    offered = ort.get_available_providers()
    if device is Device.CPU or (device is Device.AUTO and CUDA not in offered):
        return (CPU,)
    if CUDA not in offered:
        raise NoGpu(
            "This installation's ONNX Runtime computes on processors only; install "
            "requirements/gpu.txt, or set INFERENCE_DEVICE=cpu"
        )
    return (CUDA, CPU)


def require_gpu(model: Path) -> None:
    """Load a model file on the GPU in another process. Raises NoGpu."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "removal.engine.devices", str(model)],
            capture_output=True,
            text=True,
            timeout=_CHECK_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoGpu(f"The GPU did not load {model.name} within {_CHECK_S} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["The check of the GPU failed"]
        raise NoGpu(lines[-1])


def _check(model: str) -> None:
    import onnxruntime as ort  # noqa: PLC0415

    session = ort.InferenceSession(model, providers=list(providers(Device.GPU)))
    if session.get_providers()[0] != CUDA:
        raise NoGpu(
            "ONNX Runtime finds no usable GPU: look at the driver and the CUDA libraries "
            "(`nvidia-smi`), or set INFERENCE_DEVICE=cpu"
        )


if __name__ == "__main__":
    try:
        _check(sys.argv[1])
    except NoGpu as problem:
        sys.exit(str(problem))
