"""Content and processing preferences: `Accept` (RFC 9110) and `Prefer` (RFC 7240)."""

import re
from dataclasses import dataclass

_WAIT = re.compile(r"\d{1,6}")


@dataclass(frozen=True)
class Preference:
    """A caller's preference: `respond_async` for an answer before the work is done, after at most
    `wait_s` seconds if it says so.
    """

    respond_async: bool = False
    wait_s: int | None = None


def prefers_image(accept: str) -> bool:
    """Whether a picture is liked better than JSON and better than anything.

    Browsers and HTTP clients that say nothing in particular (`*/*`) get JSON.
    """
    qualities = [_range(part) for part in accept.split(",") if part.strip()]
    image = max((q for kind, q in qualities if kind.startswith("image/")), default=0.0)
    others = ("*/*", "application/json", "application/*")
    return image > max((q for kind, q in qualities if kind in others), default=0.0)


def preference(prefer: str) -> Preference:
    """Tokens that are not known are ignored, as the standard wants."""
    given = dict(_token(part) for part in prefer.split(",") if part.strip())
    wait = given.get("wait", "")
    return Preference(
        respond_async="respond-async" in given,
        wait_s=int(wait) if _WAIT.fullmatch(wait) else None,
    )


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return kind, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return kind, 0.0


def _token(text: str) -> tuple[str, str]:
    name, _, value = text.split(";", maxsplit=1)[0].strip().partition("=")
    return name.strip().lower(), value.strip().strip('"')
