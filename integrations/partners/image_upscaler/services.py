"""Services of the Image Upscaler: a removal before or after which the picture is enlarged."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings

from common.http.errors import FileTooLarge
from common.users import UserRef
from integrations.models import Partner
from integrations.partners import services
from removal import conf, intake
from removal import services as singles
from removal.engine.errors import EngineError
from removal.engine.probe import Probe, probe
from removal.errors import PartnerFailed, PartnerUnavailable
from removal.intake import RemovalRequest
from removal.queries import JobRow

SLUG = "image-upscaler"
FACTORS = (2, 4)


class StepOrder(StrEnum):
    """Order of the two steps: the cut-out is enlarged, or the enlarged photo is cut out."""

    REMOVE_FIRST = "remove-first"
    UPSCALE_FIRST = "upscale-first"


def start(
    *,
    user: UserRef,
    request: RemovalRequest,
    order: StepOrder,
    factor: int,
    wait_s: float,
    now: datetime,
) -> JobRow:
    """Submit an image with the partner's step before or after its cut-out, and await the end.

    The worker calls the partner within the job, so a partner that fails costs nothing. Raises
    PartnerNotConnected (404), FileTooLarge (400) when the enlarged picture would pass the cap of
    pixels, and what `removal.services.remove` raises.
    """
    connected = services.connect(slug=SLUG, user=user)
    image = intake.check(request.image, field="image", source=services.SOURCE)
    _check_size(image.probe, factor)
    when = "before" if order is StepOrder.UPSCALE_FIRST else "after"
    return singles.remove(
        user=user,
        request=replace(
            request,
            image=image.upload,
            source=services.SOURCE,
            steps={when: {"name": "upscale", "factor": factor}},
        ),
        wait_s=wait_s,
        now=now,
        within=lambda job: services.record(
            connected.partner, user, job.public_id, reference="", items=[], now=now
        ),
    )


def upscale(image: bytes, *, content_type: str, owner: str, arguments: Mapping[str, Any]) -> bytes:
    """The step of a job: the partner's enlargement of an encoded image, by 2 or 4.

    Raises PartnerUnavailable or PartnerFailed, also for a picture that has not the size asked for.
    """
    factor = int(arguments["factor"])
    partner = Partner.objects.filter(slug=SLUG, active=True).first()
    if partner is None:
        raise PartnerUnavailable("The partner was disconnected meanwhile; nothing was charged")
    client = services.client_of(
        partner, user_id=owner, timeout_s=min(settings.PARTNER_TIMEOUT_S, settings.LEASE_S / 2)
    )
    limits = conf.limits(services.SOURCE)
    found = client.transform(
        f"upscale?factor={factor}",
        image,
        content_type=content_type,
        # An enlarged picture has more bytes than an original may have; its pixels are capped.
        max_bytes=limits.max_bytes * factor * factor,
    )
    _check_enlarged(image, found.content, factor)
    return found.content


def _check_size(header: Probe, factor: int) -> None:
    limits = conf.limits(services.SOURCE)
    width, height = header.width * factor, header.height * factor
    if width * height > limits.max_pixels:
        raise FileTooLarge(
            f"Enlarged {factor} times the picture would have {width} × {height} pixels; at most "
            f"{limits.max_pixels / 1e6:g} megapixels are allowed: choose a smaller factor",
            details={
                "field": "factor",
                "width": width,
                "height": height,
                "maxPixels": limits.max_pixels,
            },
        )


def _check_enlarged(before: bytes, after: bytes, factor: int) -> None:
    limits = replace(conf.limits(services.SOURCE), max_bytes=max(len(before), len(after)))
    try:
        old, new = probe(before, limits), probe(after, limits)
    except EngineError as error:
        raise PartnerFailed(f"The partner's picture cannot be used: {error.message}") from error
    # A photo that its EXIF orientation turns may come back upright.
    sides = sorted((old.width * factor, old.height * factor))
    if sorted((new.width, new.height)) != sides:
        raise PartnerFailed(
            f"The partner's picture has {new.width} × {new.height} pixels instead of "
            f"{old.width * factor} × {old.height * factor}"
        )
