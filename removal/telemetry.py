"""Metrics and log lines of ended jobs."""

import logging

from common.observability import metrics
from removal.models import Job

logger = logging.getLogger(__name__)

ENDED = metrics.counter("jobs_total", "Jobs that ended", ["tier", "status"])
SECONDS = metrics.histogram("job_seconds", "From claim to stored result", ["tier"])


def completed(job: Job, *, model: str, processing_time_ms: int) -> None:
    ENDED.labels(job.tier, "completed").inc()
    SECONDS.labels(job.tier).observe(processing_time_ms / 1000)
    logger.info("%s completed by %s in %s ms", job.public_id, model, processing_time_ms)


def failed(job: Job, *, code: str) -> None:
    ENDED.labels(job.tier, "failed").inc()
    logger.info("%s failed: %s", job.public_id, code)
