"""Model files that this process could not use: logged, counted, and listed at `/health/`."""

import logging
from collections.abc import Mapping

from common.observability import metrics
from removal.engine.errors import ModelUnavailable

logger = logging.getLogger(__name__)

FAILURES = metrics.counter(
    "model_failures_total", "Times that a process found a model it could not use", ["model"]
)
_known: dict[str, str] = {}


def note(model: str, failure: ModelUnavailable) -> None:
    """Record that a model cannot be used. The same failure is reported once a process."""
    if _known.get(model) == failure.message:
        return
    _known[model] = failure.message
    FAILURES.labels(model).inc()
    logger.error("the model %s cannot be used: %s. %s", model, failure.message, failure.advice)


def clear(model: str) -> None:
    """Record that a model could be used after all."""
    if _known.pop(model, None):
        logger.info("the model %s can be used again", model)


def known() -> Mapping[str, str]:
    """The models that cannot be used, and why."""
    return dict(_known)
