"""Selection of a tier's predictor: the remote provider if there is one, else a local model."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from removal import conf
from removal.engine import registry, session
from removal.engine.catalogue import ModelSpec
from removal.engine.errors import ModelUnavailable
from removal.engine.predictor import Predictor
from removal.engine.types import Recipe
from removal.providers import failures, segmind

logger = logging.getLogger(__name__)

LOCAL = "local"


Local = Callable[[frozenset[str]], Predictor]


class Tracked:
    """A predictor for one job that remembers, truthfully, who did the work in the end.

    `local` gives a model of ours that is none of those named. A model that fails while it runs is
    replaced by the next one, so that the customer's image is not what pays for it.
    """

    def __init__(self, local: Local, remote: segmind.SegmindPredictor | None = None) -> None:
        self._local = local
        self._remote = remote
        self._failed: frozenset[str] = frozenset()
        self._used: Predictor = remote or local(self._failed)
        self.provider = segmind.NAME if remote else LOCAL

    @property
    def name(self) -> str:
        return self._used.name

    @property
    def engine(self) -> str:
        return self._used.engine

    @property
    def version(self) -> str:
        """What tells two files of one model apart; empty for a remote provider's."""
        if self.provider != LOCAL:
            return ""
        return registry.registered(self.name, conf.models()["pins"]).version

    def input_side(self, recipe: Recipe) -> int:
        return self._used.input_side(recipe)

    def predict(self, rgb: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.float32]:
        """Raises ModelUnavailable when no model is left to try."""
        if self._remote is not None:
            try:
                return self._remote.predict(rgb, recipe)
            except segmind.RemoteFailed as failure:
                logger.warning("the remote provider failed (%s); using a local model", failure)
                self._remote, self._used = None, self._local(self._failed)
                self.provider = LOCAL
        while True:
            try:
                return self._used.predict(rgb, recipe)
            except ModelUnavailable as failure:
                failures.note(self._used.name, failure)
                self._failed |= {self._used.name}
                self._used = self._local(self._failed)


def local_predictor(
    tier: str, *, requested: str | None = None, usual: str = "", without: Iterable[str] = ()
) -> Predictor:
    """This process's predictor for a tier: its first model that is installed and can be loaded.

    `requested` names one model, which nothing stands in for; `usual` one that comes before the
    tier's others. Raises ModelUnavailable.
    """
    refusal = ModelUnavailable(f"no model is left for the tier {tier}")
    for spec, path in sorted(_candidates(tier, requested), key=lambda it: it[0].name != usual):
        if spec.name in without:
            continue
        try:
            predictor = session.get_predictor(
                spec, path, threads=settings.INFERENCE_THREADS, fast=settings.FAST_INFERENCE
            )
        except ModelUnavailable as error:
            failures.note(spec.name, error)
            refusal = error
        else:
            failures.clear(spec.name)
            return predictor
    raise refusal


def for_tier(tier: str, *, requested: str = "", usual: str = "") -> Tracked:
    """The predictor of one job: by the model that was asked for, or else by the tier's first, or
    `usual` before it. Raises ModelUnavailable."""

    def local(without: frozenset[str]) -> Predictor:
        return local_predictor(tier, requested=requested or None, usual=usual, without=without)

    remote = conf.segmind()
    if remote is None or tier not in remote.tiers or requested:
        return Tracked(local)
    return Tracked(local, segmind.predictor_for(remote))


def _candidates(tier: str, requested: str | None) -> Iterable[tuple[ModelSpec, Path]]:
    if requested is None:
        return registry.candidates(tier, **conf.models())
    return [registry.choose(tier, **conf.models(), requested=requested)]
