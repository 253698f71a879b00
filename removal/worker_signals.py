"""Start-up of a worker process: announce its engine and load the default model."""

import logging
from collections.abc import Mapping
from typing import Any

from celery import signals
from django.conf import settings

from removal import worker_registry
from removal.engine import devices, registry
from removal.engine.catalogue import BUILT_IN
from removal.engine.devices import Device, NoGpu

logger = logging.getLogger(__name__)
WARM_TIER = "basic"
# Whoever consumes none of these computes no images and needs no model.
INFERENCE_QUEUES = frozenset({"interactive", "batch"})

_consumed: set[str] = set(INFERENCE_QUEUES)


@signals.celeryd_init.connect
def note_queues(options: Mapping[str, Any] | None = None, **_: Any) -> None:
    """Note, before the fork, the queues that this worker consumes.

    Raises SystemExit when it is to compute images on a GPU and there is none: on processors
    it would be many times slower, and nobody would know why.
    """
    if queues := (options or {}).get("queues"):
        _consumed.clear()
        _consumed.update(queues)
    if _consumed & INFERENCE_QUEUES and settings.INFERENCE_DEVICE == Device.GPU:
        try:
            devices.require_gpu(registry.BUILT_IN_HOME / registry.MODELS[BUILT_IN].file)
        except NoGpu as problem:
            raise SystemExit(f"INFERENCE_DEVICE=gpu: {problem}") from None


@signals.worker_process_shutdown.connect
def sign_off(**_: Any) -> None:
    worker_registry.leave()


@signals.worker_process_init.connect
def warm_up(**_: Any) -> None:
    """Load the first model in the child, after the fork, so that no customer waits for it."""
    if not _consumed & INFERENCE_QUEUES:
        return
    from removal.engine.errors import EngineError  # noqa: PLC0415
    from removal.providers import selection  # noqa: PLC0415

    try:
        predictor = selection.local_predictor(WARM_TIER)
    except EngineError as error:
        logger.warning("no model for the tier %s: %s", WARM_TIER, error)
    else:
        logger.info("inference: %s on %s", predictor.name, predictor.engine)
        worker_registry.report(model=predictor.name, engine=predictor.engine)
