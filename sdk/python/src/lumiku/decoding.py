"""Reading JSON into the dataclasses of `lumiku.models`, by their annotations."""

import dataclasses
import functools
import types
import typing
from datetime import datetime
from typing import Any, TypeVar

from lumiku.errors import UnexpectedAnswer

M = TypeVar("M")


def decode(model: type[M], data: Any) -> M:
    """A `model` from the fields of `data`; fields that this version does not know are left out.

    Raises UnexpectedAnswer where one that it needs is missing.
    """
    if not isinstance(data, dict):
        raise UnexpectedAnswer(f"the answer has no {model.__name__}")
    values = {}
    for name, key, kind, required in _fields(typing.cast(Any, model)):
        if key in data:
            values[name] = _value(kind, data[key])
        elif _is_optional(kind):
            values[name] = None
        elif required:
            raise UnexpectedAnswer(f"the answer's {model.__name__} has no {key}")
    return model(**values)


def wire_name(name: str) -> str:
    """`zip_size_bytes` → `zipSizeBytes`; `cost_in_idr` → `costInIDR`."""
    first, *rest = name.split("_")
    return first + "".join(
        part.upper() if part in ("idr", "usd") else part.capitalize() for part in rest
    )


@functools.cache
def _fields(model: Any) -> tuple[tuple[str, str, Any, bool], ...]:
    kinds = typing.get_type_hints(model)
    return tuple(
        (field.name, wire_name(field.name), kinds[field.name], _is_needed(field, kinds[field.name]))
        for field in dataclasses.fields(model)
    )


def _is_needed(field: "dataclasses.Field[Any]", kind: Any) -> bool:
    """A field that may be None is None where an older server does not know it."""
    return field.default is dataclasses.MISSING and not _is_optional(kind)


def _is_optional(kind: Any) -> bool:
    return types.NoneType in typing.get_args(kind)


def _value(kind: Any, value: Any) -> Any:
    if _is_optional(kind):
        if value is None:
            return None
        [kind] = [one for one in typing.get_args(kind) if one is not types.NoneType]
    if typing.get_origin(kind) in (list, tuple):
        inner = typing.get_args(kind)[0]
        return tuple(_value(inner, one) for one in value)
    if dataclasses.is_dataclass(kind):
        return decode(typing.cast(type[Any], kind), value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return value
