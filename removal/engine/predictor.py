"""Predictor port: the interface through which the pipeline uses a model, whatever runs it."""

from typing import Protocol

from removal.engine.arrays import Floats, Pixels
from removal.engine.types import Recipe


class Predictor(Protocol):
    """A model that finds the subject in a photo. Must be safe to call from several threads."""

    @property
    def name(self) -> str:
        """The registry's name of the model, as reported to the customer."""

    @property
    def engine(self) -> str:
        """Inference engine, such as `onnxruntime CPUExecutionProvider`."""

    def input_side(self, recipe: Recipe) -> int:
        """The largest square side in pixels that this recipe feeds to the model."""

    def predict(self, rgb: Pixels, recipe: Recipe) -> Floats:
        """Return alpha 0…1 of shape (h, w), at the model's own size, for uint8 RGB (H, W, 3)."""


class LocalPredictor(Predictor, Protocol):
    """A single model on this machine, which also gives its likelihoods before they are decided."""

    def likelihood(self, rgb: Pixels, recipe: Recipe) -> Floats:
        """The mask of `predict` before uncertain pixels are decided (see
        `removal.engine.decision`).
        """
