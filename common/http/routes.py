"""Routes whose trailing slash is optional."""

import re
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, re_path

_PARAMETER = re.compile(r"<(?:(?P<kind>id|path):)?(?P<name>\w+)>")
_KINDS = {None: r"[^/]+", "id": r"[A-Za-z0-9_\-]+", "path": r".+"}


def route(
    pattern: str, view: Callable[..., Any], *, name: str | None = None, slash: bool = True
) -> URLPattern:
    """A pattern such as `jobs/<id:job_id>`, answered with and without a trailing slash.

    With `slash=False` the path is exact.
    """
    body = "".join(_pieces(pattern))
    return re_path(f"^{body}{'/?' if slash else ''}$", view, name=name)


def _pieces(pattern: str) -> list[str]:
    pieces, end = [], 0
    for match in _PARAMETER.finditer(pattern):
        pieces.append(_literal(pattern[end : match.start()]))
        pieces.append(f"(?P<{match['name']}>{_KINDS[match['kind']]})")
        end = match.end()
    return [*pieces, _literal(pattern[end:])]


def _literal(text: str) -> str:
    """Escaped for a pattern, but for the hyphen, which would show up in the documented path."""
    return re.escape(text).replace(r"\-", "-")
