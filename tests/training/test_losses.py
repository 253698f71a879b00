"""Terms of the loss."""

import importlib
from typing import Any

import pytest

pytest.importorskip("torch")
torch: Any = importlib.import_module("torch")
losses: Any = importlib.import_module("training.losses")


def softness(inside: float, at: slice) -> float:
    """Loss of a soft answer over that of a hard one."""
    alpha = torch.zeros(1, 1, 64, 64)
    alpha[..., 16:48, 16:48] = 1
    logits = (alpha * 2 - 1) * 20
    settled = float(losses.softness(torch.sigmoid(logits), alpha, torch.ones_like(alpha), 9))
    logits[..., at, 28:36] = inside
    guess = torch.sigmoid(logits)
    return float(losses.softness(guess, alpha, torch.ones_like(alpha), 9)) - settled


def test_an_answer_that_does_not_commit_itself_costs_something_inside() -> None:
    assert softness(0.0, slice(28, 36)) == pytest.approx(8 * 8 / 64**2, rel=1e-3)
    assert softness(0.0, slice(28, 36)) > softness(2.0, slice(28, 36)) > 0


def test_on_an_outline_it_costs_nothing() -> None:
    assert softness(0.0, slice(46, 50)) == pytest.approx(0, abs=1e-6)
