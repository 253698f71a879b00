"""JSON made storable in Postgres; a pure module.

Postgres stores neither the character NUL nor half of a surrogate pair, and its JSON has no infinite
numbers; Stripe's may have the first two wherever a customer has typed.
"""

import math
from collections.abc import Mapping
from typing import Any

_UNKNOWN = "\ufffd"


def text(value: str) -> str:
    """Replace the characters of a text that Postgres cannot store by U+FFFD."""
    whole = value.replace("\0", _UNKNOWN)
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean(data: Any) -> Any:
    """Return the JSON with every text cleaned, and null in the place of NaN and infinities.

    Raises `RecursionError` for JSON that is nested too deeply.
    """
    if isinstance(data, str):
        return text(data)
    if isinstance(data, Mapping):
        return {text(name): clean(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [clean(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return data
