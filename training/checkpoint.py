"""Files of a training run: its whole state, to resume it, and the averaged weights, to export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

STATE_FILE = "state.pt"
WEIGHTS_FILE = "weights.npz"


@dataclass
class Progress:
    step: int = 0
    seconds: float = 0.0


class AveragedWeights:
    """Exponential moving average of a network's parameters."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: v.detach().clone() for name, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            self.values[name].lerp_(value, 1 - decay)


def save_run(
    folder: Path,
    network: nn.Module,
    average: AveragedWeights,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
) -> None:
    state = {
        "network": network.state_dict(),
        "average": average.values,
        "optimiser": optimiser.state_dict(),
        "progress": vars(progress),
    }
    waiting = folder / (STATE_FILE + ".new")
    torch.save(state, waiting)
    waiting.replace(folder / STATE_FILE)
    save_weights(folder / WEIGHTS_FILE, average.values)


def resume_run(
    folder: Path, network: nn.Module, average: AveragedWeights, optimiser: torch.optim.Optimizer
) -> Progress:
    """Resume the run in the folder; start a new one when there is none."""
    path = folder / STATE_FILE
    if not path.exists():
        return Progress()
    state: dict[str, Any] = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    average.values = {
        name: v.to(average.values[name].device) for name, v in state["average"].items()
    }
    optimiser.load_state_dict(state["optimiser"])
    return Progress(**state["progress"])


def save_weights(path: Path, values: Mapping[str, Tensor]) -> None:
    arrays: dict[str, Any] = {name: v.cpu().numpy() for name, v in values.items()}
    waiting = path.with_suffix(".new.npz")
    np.savez_compressed(waiting, **arrays)
    waiting.replace(path)


def load_weights(path: Path) -> dict[str, Tensor]:
    with np.load(path) as arrays:
        return {name: torch.from_numpy(arrays[name].astype(np.float32)) for name in arrays.files}
