"""A trial of a running service through remove.bg's API: key, credits, and one small picture."""

import io
import json
from dataclasses import dataclass

import urllib3
from PIL import Image, ImageDraw

_TIMEOUT = urllib3.Timeout(connect=5, read=120)
_SIDES = (480, 320)
_FOREIGN = "not in remove.bg's format; is this the address of the service?"


class SmokeFailed(Exception):
    """The trial failed; the message says at which step and what to do."""


@dataclass(frozen=True)
class Trial:
    """The credits before the trial, what the picture cost, and the model that cut it out."""

    credits: float
    charged: float
    model: str


def account(*, host: str, key: str) -> float:
    """The credits of a key's account. Raises SmokeFailed."""
    answer = _call("GET", f"{host}/v1.0/account", key)
    if answer.status != 200:
        raise SmokeFailed(f"GET /v1.0/account answered {answer.status}: {_title(answer)}")
    try:
        return float(answer.json()["data"]["attributes"]["credits"]["total"])
    except (ValueError, KeyError, TypeError):
        raise SmokeFailed(f"GET /v1.0/account answered {_FOREIGN}") from None


def trial(*, host: str, key: str) -> Trial:
    """Ask for the account, then have one preview cut out, which costs what basic costs.

    Raises SmokeFailed.
    """
    credits = account(host=host, key=key)
    fields = {"image_file": ("smoke.jpg", _photo(), "image/jpeg"), "size": "preview"}
    answer = _call("POST", f"{host}/v1.0/removebg", key, fields=fields)
    if answer.status != 200:
        raise SmokeFailed(f"POST /v1.0/removebg answered {answer.status}: {_title(answer)}")
    try:
        with Image.open(io.BytesIO(answer.data)) as picture:
            picture.load()
    except OSError:
        raise SmokeFailed(
            "POST /v1.0/removebg answered with something that is no picture"
        ) from None
    charged = float(answer.headers.get("X-Credits-Charged", "0"))
    return Trial(credits=credits, charged=charged, model=answer.headers.get("X-Model", ""))


def _call(method: str, url: str, key: str, **options: object) -> urllib3.BaseHTTPResponse:
    try:
        return urllib3.request(
            method,
            url,
            headers={"X-Api-Key": key},
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            **options,  # type: ignore[arg-type]
        )
    except urllib3.exceptions.HTTPError as problem:
        raise SmokeFailed(f"{url} does not answer: {problem}") from None


def _title(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        [error, *_] = answer.json()["errors"]
        return str(error.get("detail") or error["title"])
    except (ValueError, KeyError, TypeError, json.JSONDecodeError):
        return _FOREIGN


def _photo() -> bytes:
    """A dark figure on a light ground, as JPEG."""
    width, height = _SIDES
    picture = Image.new("RGB", _SIDES, (214, 226, 236))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width * 0.42, height * 0.1, width * 0.58, height * 0.36), fill=(190, 140, 110))
    draw.rounded_rectangle(
        (width * 0.34, height * 0.36, width * 0.66, height), radius=40, fill=(40, 60, 120)
    )
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return file.getvalue()
