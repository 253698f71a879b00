"""Steps that an app above adds before or after the cut-out of a single, within its worker.

A job's `steps` names at most one of each: `{"before": {"name": "upscale", "factor": 2}}`.
`settings.JOB_STEPS` names the function of each step, so that nothing is imported upwards. As a step
runs within the job, a step that fails fails the job, and nothing is charged.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from removal import conf, keys
from removal.engine.errors import EngineError
from removal.engine.probe import probe
from removal.engine.reencode import reencoded
from removal.engine.types import Cutout, Options
from removal.errors import PartnerFailed
from removal.models import Job

Steps = Mapping[str, Mapping[str, Any]]


class Step(Protocol):
    """Return another encoded image for an encoded image; `arguments` are the step's in the job.

    `owner` is the public identifier of the job's user. It ends within half a lease. Raises
    ApiError, which ends the job.
    """

    def __call__(
        self, image: bytes, *, content_type: str, owner: str, arguments: Mapping[str, Any]
    ) -> bytes: ...


def before(job: Job, original: bytes) -> bytes:
    """The image that is cut out: the original, or what the job's step makes of it."""
    if "before" not in (job.steps or {}):
        return original
    kind = probe(original, conf.limits(job.source)).content_type
    return _carried_out(job, "before", original, content_type=kind)


def after(job: Job, cutout: Cutout, options: Options) -> Cutout:
    """The cut-out, or what the job's step makes of it, encoded again without metadata.

    Raises PartnerFailed when that is not a picture of the cut-out's kind.
    """
    if "after" not in (job.steps or {}):
        return cutout
    made = _carried_out(job, "after", cutout.data, content_type=cutout.content_type)
    # A result may have more bytes than an original; its pixels are capped alike.
    limits = replace(conf.limits(job.source), max_bytes=len(made))
    try:
        found = reencoded(made, output=options.format, quality=options.quality, limits=limits)
    except EngineError as error:
        raise PartnerFailed(f"The partner's picture cannot be used: {error.message}") from error
    return replace(
        cutout, data=found.data, width=found.width, height=found.height, foreground_box=None
    )


def _carried_out(job: Job, when: str, image: bytes, *, content_type: str) -> bytes:
    wanted = (job.steps or {})[when]
    step: Step = import_string(settings.JOB_STEPS[wanted["name"]])
    owner = keys.owner_of(job.original_key)
    return step(image, content_type=content_type, owner=owner, arguments=wanted)
