"""Selection of a tier's predictor: the remote provider if there is one, else a local model."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from removal import conf
from removal.engine import registry, session
from removal.engine.catalogue import ModelSpec
from removal.engine.cleaning import shows_subject
from removal.engine.devices import Device
from removal.engine.ensemble import MemberFailed, assemble
from removal.engine.errors import ModelUnavailable
from removal.engine.predictor import LocalPredictor, Predictor
from removal.engine.types import Recipe
from removal.providers import failures, segmind

logger = logging.getLogger(__name__)

LOCAL = "local"


Local = Callable[[frozenset[str]], Predictor]


class Tracked:
    """A predictor for one job that records which models made the mask in the end.

    `local` returns a local predictor without the models named. A model that fails while it runs is
    replaced by the next one, so that the image does not fail with it, and so is one that finds no
    subject, which most often is wrong. `tried` are the models that were run.
    """

    def __init__(self, local: Local, remote: segmind.SegmindPredictor | None = None) -> None:
        self._local = local
        self._remote = remote
        self._without: frozenset[str] = frozenset()
        self._used: Predictor = remote or local(self._without)
        self.provider = segmind.NAME if remote else LOCAL
        self.tried: list[str] = []

    @property
    def name(self) -> str:
        return self._used.name

    @property
    def engine(self) -> str:
        return self._used.engine

    @property
    def version(self) -> str:
        """Version of the models' files; empty for a remote provider's."""
        if self.provider != LOCAL:
            return ""
        pins = conf.models()["pins"]
        versions = [registry.registered(name, pins).version for name in self.name.split("+")]
        return versions[0] if len(versions) == 1 else "+".join(part[:6] for part in versions)

    def input_side(self, recipe: Recipe) -> int:
        return self._used.input_side(recipe)

    def predict(self, rgb: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.float32]:
        """The first mask that has a subject, or the last one. Raises ModelUnavailable when no
        model is left that works."""
        self.tried = []
        alpha = self._mask(rgb, recipe)
        while not shows_subject(alpha):
            try:
                self._use_next(self._used.name.split("+"))
                alpha = self._mask(rgb, recipe)
            except ModelUnavailable:
                return alpha
        return alpha

    def _mask(self, rgb: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.float32]:
        """Mask by the predictor in use, or by the next one if it fails. Raises ModelUnavailable."""
        while True:
            try:
                alpha = self._used.predict(rgb, recipe)
            except segmind.RemoteFailed as failure:
                logger.warning("the remote provider failed (%s); using a local model", failure)
                self._use_next([])
            except ModelUnavailable as failure:
                model = failure.model if isinstance(failure, MemberFailed) else self._used.name
                failures.note(model, failure)
                self._use_next([model])
            else:
                self.tried += self._used.name.split("+")
                return alpha

    def _use_next(self, without: Iterable[str]) -> None:
        """Replace the remote predictor by a local one, and a local one by the tier's next one."""
        if self._remote is None:
            self._without |= frozenset(without)
        used = self._local(self._without)
        self._remote, self._used, self.provider = None, used, LOCAL


def local_predictor(
    tier: str, *, requested: str | None = None, usual: str = "", without: Iterable[str] = ()
) -> Predictor:
    """This process's predictor for a tier, from those of its models that are installed and load.

    `requested` names one model, which no other may replace; `usual` those that come before the
    tier's others, joined by "+". Raises ModelUnavailable.
    """
    refusals = [ModelUnavailable(f"no model is left for the tier {tier}")]

    def load(spec: ModelSpec, path: Path) -> LocalPredictor | None:
        try:
            predictor = session.get_predictor(
                spec,
                path,
                threads=settings.INFERENCE_THREADS,
                fast=settings.FAST_INFERENCE,
                device=Device(settings.INFERENCE_DEVICE),
                batch=settings.INFERENCE_BATCH,
                cache=settings.MODEL_CACHE,
            )
        except ModelUnavailable as error:
            failures.note(spec.name, error)
            refusals.append(error)
            return None
        failures.clear(spec.name)
        return predictor

    wanted = registry.TIERS[tier] if requested is None else replace(registry.TIERS[tier], fusion=())
    found = [pair for pair in _candidates(tier, requested) if pair[0].name not in without]
    first = [pair for pair in found if pair[0].name in usual.split("+")]
    predictor = assemble(wanted, first, load) or assemble(wanted, found, load)
    if predictor is None:
        raise refusals[-1]
    return predictor


def for_tier(tier: str, *, requested: str = "", usual: str = "") -> Tracked:
    """The predictor of one job: by the requested model, or else by the tier's first, or
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
