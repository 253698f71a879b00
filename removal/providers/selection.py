"""Who finds the subject for a tier: the remote provider if there is one, else a model of ours."""

import logging
from collections.abc import Callable

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from removal import conf
from removal.engine import registry, session
from removal.engine.predictor import Predictor
from removal.engine.types import Recipe
from removal.providers import segmind

logger = logging.getLogger(__name__)

LOCAL = "local"


class Tracked:
    """A predictor for one job that remembers, truthfully, who did the work in the end."""

    def __init__(
        self, local: Callable[[], Predictor], remote: segmind.SegmindPredictor | None = None
    ) -> None:
        self._local = local
        self._remote = remote
        self._used: Predictor = remote or local()
        self.provider = segmind.NAME if remote else LOCAL

    @property
    def name(self) -> str:
        return self._used.name

    @property
    def engine(self) -> str:
        return self._used.engine

    def input_side(self, recipe: Recipe) -> int:
        return self._used.input_side(recipe)

    def predict(self, rgb: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.float32]:
        if self._remote is not None:
            try:
                return self._remote.predict(rgb, recipe)
            except segmind.RemoteFailed as failure:
                logger.warning("the remote provider failed (%s); using a local model", failure)
                self._remote, self._used, self.provider = None, self._local(), LOCAL
        return self._used.predict(rgb, recipe)


def local_predictor(tier: str, *, requested: str | None = None) -> Predictor:
    """This process's predictor for a tier, or for one model by name. Raises ModelUnavailable."""
    spec, path = registry.choose(
        tier,
        model_home=settings.MODEL_HOME,
        allow_noncommercial=settings.ALLOW_NONCOMMERCIAL_MODELS,
        requested=requested,
    )
    return session.get_predictor(
        spec, path, threads=settings.INFERENCE_THREADS, fast=settings.FAST_INFERENCE
    )


def for_tier(tier: str) -> Tracked:
    remote = conf.segmind()
    if remote is None or tier not in remote.tiers:
        return Tracked(lambda: local_predictor(tier))
    return Tracked(lambda: local_predictor(tier), segmind.predictor_for(remote))
