"""Form encoding with nested brackets: `items[0][price]=price_1` becomes lists and mappings."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import ApiError, invalid

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
_MAX_FIELDS = 2000


def decode(text: str) -> dict[str, Any]:
    """Nested mappings of text; `[0]` and `[]` make lists. Raises `ApiError`."""
    tree: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError as problem:
        raise invalid(f"Invalid request body: {problem}") from None
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            raise invalid(f"Invalid parameter name: {key}", param=key)
        _put(tree, [match[1], *_PART.findall(match[2])], value, key)
    return {name: _listed(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], path: list[str], value: str, key: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise _conflict(key)
    last = path[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise _conflict(key)
    tree[last] = value


def _listed(value: Any) -> Any:
    """Turn mappings whose keys are 0, 1, 2… into lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(member) for name, member in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _conflict(key: str) -> ApiError:
    return invalid(f"Parameter is given as a value and as a hash: {key}", param=key)
