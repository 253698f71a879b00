"""Results and accounts as remove.bg shows them."""

import base64
from typing import Any

from integrations.compat import delivery
from removal.services import Job

CONTENT_TYPES = {**delivery.CONTENT_TYPES, "zip": "application/zip"}


def result_headers(job: Job, *, shown_type: str | None, max_pixels: int) -> dict[str, str]:
    """`shown_type` is None when the caller wants none; `max_pixels` is what any size may have."""
    width, height = _largest(job, max_pixels)
    left, top, across, down = job.foreground or (0, 0, 0, 0)
    headers = {
        "X-Width": job.result_width,
        "X-Height": job.result_height,
        "X-Max-Width": width,
        "X-Max-Height": height,
        "X-Foreground-Top": top,
        "X-Foreground-Left": left,
        "X-Foreground-Width": across,
        "X-Foreground-Height": down,
        "X-Credits-Charged": float(job.credits_used),
        "X-Credits-Calculated": float(job.price),
        "X-Job-Id": job.public_id,
        "X-Model": job.model_name,
    }
    if shown_type is not None:
        headers["X-Type"] = shown_type
    return {name: str(value) for name, value in headers.items()}


def result(job: Job, data: bytes) -> dict[str, Any]:
    left, top, across, down = job.foreground or (0, 0, 0, 0)
    return {
        "data": {
            "result_b64": base64.b64encode(data).decode(),
            "foreground_top": top,
            "foreground_left": left,
            "foreground_width": across,
            "foreground_height": down,
        }
    }


def account(*, credits: int, images_of_plan: int) -> dict[str, Any]:
    """Exactly these keys: one client refuses any other.

    `images_of_plan` are those that a subscription still pays for today.
    """
    return {
        "data": {
            "attributes": {
                "credits": {
                    "total": float(credits + images_of_plan),
                    "subscription": float(images_of_plan),
                    "payg": float(credits),
                    "enterprise": 0.0,
                },
                "api": {"free_calls": 0, "sizes": "all"},
            }
        }
    }


def _largest(job: Job, max_pixels: int) -> tuple[int, int]:
    """The photo's own size, reduced to what any size may have in this format."""
    factor = min(1.0, (max_pixels / (job.width * job.height)) ** 0.5)
    width, height = int(job.width * factor), int(job.height * factor)
    # A margin may reach beyond the photo.
    return max(width, job.result_width or 1), max(height, job.result_height or 1)
