"""Batching of inferences: threads that ask at the same time share one run of a model.

A GPU computes several pictures in little more time than one. No thread waits for others to come:
the first begins a run at once, and those that come meanwhile share the next one. So a lone picture
is not delayed, and runs become larger by themselves as the load grows.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from removal.engine.arrays import Floats
from removal.engine.onnx_messages import Messages, message_class

# Turns inputs (N, 3, S, S) into outputs (N, …).
Run = Callable[[Floats], Floats]

# Larger files are transformers, whose number of pictures a run is free already; parsing takes a few
# copies of the file.
_LARGEST = 200_000_000
_MESSAGES: Messages = {
    "Model": {"graph": (7, "Graph")},
    "Graph": {"input": (11, "*Value"), "output": (12, "*Value")},
    "Value": {"type": (2, "Type")},
    "Type": {"tensor": (1, "Tensor")},
    "Tensor": {"shape": (2, "Shape")},
    "Shape": {"dim": (1, "*Dimension")},
    "Dimension": {"value": (1, "int64"), "name": (2, "string")},
}


@dataclass(eq=False)
class _Request:
    """One thread's input (1, 3, S, S), and what came of it."""

    tensor: Floats
    output: Floats | None = None
    problem: Exception | None = None

    @property
    def done(self) -> bool:
        return self.output is not None or self.problem is not None


class Batcher:
    """Calls `run` for one thread at a time, with up to `most` inputs of the same shape."""

    def __init__(self, run: Run, *, most: int) -> None:
        self._run = run
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[_Request] = []
        self._running = False

    def __call__(self, tensor: Floats) -> Floats:
        """The output (1, …) of one input (1, 3, S, S). Raises what `run` raises for it alone."""
        request = _Request(tensor)
        with self._changed:
            self._waiting.append(request)
        while batch := self._next_batch(request):
            try:
                self._compute(batch)
            except BaseException:
                # Such as the end of the process: the other threads must not wait for an answer.
                for each in batch:
                    each.problem = each.problem or RuntimeError("the run was interrupted")
                raise
            finally:
                with self._changed:
                    self._running = False
                    self._changed.notify_all()
        if request.output is None:
            raise request.problem or RuntimeError("the run has ended without an answer")
        return request.output

    def _next_batch(self, request: _Request) -> Sequence[_Request]:
        """The inputs of the next run, once it may begin; none when `request` is done."""
        with self._changed:
            self._changed.wait_for(lambda: request.done or not self._running)
            if request.done:
                return ()
            # The oldest is never passed over, whichever thread computes it.
            shape = self._waiting[0].tensor.shape
            batch = [each for each in self._waiting if each.tensor.shape == shape][: self._most]
            self._waiting = [each for each in self._waiting if each not in batch]
            self._running = True
            return batch

    def _compute(self, batch: Sequence[_Request]) -> None:
        try:
            outputs = self._run(np.concatenate([request.tensor for request in batch]))
        except Exception as problem:
            if len(batch) == 1:
                batch[0].problem = problem
                return
            # Such as too little memory for all of them: each is tried alone.
            for request in batch:
                self._compute([request])
        else:
            for request, output in zip(batch, outputs, strict=True):
                request.output = output[None]


def with_free_batch(path: Path) -> bytes | None:
    """The model of this file, if it takes exactly one picture a run, so that it takes any number.

    None when it takes several already or cannot be changed. Whether the changed model works has to
    be tried: a fixed number may stand within the graph as well.
    """
    try:
        if path.stat().st_size > _LARGEST:
            return None
        model = message_class(_MESSAGES, "Model").FromString(path.read_bytes())
        values = [*model.graph.input, *model.graph.output]
        first = [value.type.tensor.shape.dim[0] for value in values]
        if first[0].value != 1:
            return None
    except Exception:
        # A file that cannot be parsed here may still run as it is; loading it will show.
        return None
    for dimension in first:
        dimension.ClearField("value")
        dimension.name = "batch"
    changed: bytes = model.SerializeToString()
    return changed
