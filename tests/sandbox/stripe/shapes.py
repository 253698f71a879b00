"""A checker of answers, field by field, against the types of the `stripe` package.

Every field that its classes require must be present; every present field must be known and have a
value of its type, literals within the allowed words, ids where an object may be expanded.
"""

import decimal
import inspect
import sys
from collections.abc import Iterator
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import stripe
import typing_extensions
from stripe import StripeObject
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import UntypedStripeObject

_GONE = {"id", "object", "deleted"}


def problems(answer: StripeObject) -> list[str]:
    """Every difference as `path: problem`; the class follows from the answer's `object`."""
    body = answer.to_dict(for_json=False)
    return list(_object(class_of(body), body, str(body.get("object"))))


def class_of(body: dict[str, Any]) -> type[StripeObject]:
    """The package's class of an answer's `object`."""
    module, name = OBJECT_CLASSES[body["object"]]
    found: type[StripeObject] = getattr(__import__(module, fromlist=[name]), name)
    return found


def _object(kind: type[StripeObject], body: dict[str, Any], path: str) -> Iterator[str]:
    fields = annotations(kind)
    if body.get("deleted") is True:
        # For a deleted object the API returns only this.
        yield from (f"{path}.{name}: of a deleted object" for name in set(body) - _GONE)
        return
    for name, wanted in fields.items():
        if name in body:
            yield from _value(kind, wanted, body[name], f"{path}.{name}")
        elif not _optional(wanted):
            yield f"{path}.{name}: missing"
    for name in sorted(set(body) - set(fields)):
        yield f"{path}.{name}: unknown to {kind.__name__}"


def annotations(kind: type[StripeObject]) -> dict[str, Any]:
    """The fields of a class and of its base classes."""
    found: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        if one is not StripeObject and issubclass(one, StripeObject):
            found.update(inspect.get_annotations(one))
    return {
        name: kind
        for name, kind in found.items()
        if not name.startswith("_") and get_origin(kind) is not typing_extensions.ClassVar
    }


def _optional(wanted: Any) -> bool:
    return get_origin(wanted) is Union and type(None) in get_args(wanted)


def _value(owner: type, wanted: Any, value: Any, path: str) -> Iterator[str]:
    wanted = _resolved(owner, wanted)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Union:
        yield from _one_of(owner, arguments, value, path)
    elif origin in (Literal, typing_extensions.Literal):
        if value not in arguments:
            yield f"{path}: {value!r} is none of {arguments}"
    elif origin in (list, ListObject, UntypedStripeObject):
        yield from _container(owner, origin, arguments[0], value, path)
    elif inspect.isclass(wanted) and issubclass(wanted, StripeObject):
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no {wanted.__name__}"
        elif not issubclass(wanted, UntypedStripeObject):
            yield from _object(wanted, value, path)
    elif not _plain(wanted, value):
        yield f"{path}: {value!r} is no {wanted}"


def _plain(wanted: Any, value: Any) -> bool:
    if wanted is Any:
        return True
    if wanted in (int, float):
        return isinstance(value, wanted) and not isinstance(value, bool)
    if wanted is decimal.Decimal:
        return isinstance(value, decimal.Decimal | str)
    return isinstance(value, wanted)


def _container(owner: type, origin: Any, inner: Any, value: Any, path: str) -> Iterator[str]:
    if origin is UntypedStripeObject:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no mapping"
            return
        for name, member in value.items():
            yield from _value(owner, inner, member, f"{path}[{name}]")
        return
    members = value
    if origin is ListObject:
        if not isinstance(value, dict) or value.get("object") != "list":
            yield f"{path}: {value!r} is no list object"
            return
        missing = {"data", "has_more", "url"} - set(value)
        if missing:
            yield f"{path}: lacks {missing}"
        members = value.get("data")
    if not isinstance(members, list):
        yield f"{path}: {value!r} is no list"
        return
    for at, member in enumerate(members):
        yield from _value(owner, inner, member, f"{path}[{at}]")


def _one_of(owner: type, arguments: tuple[Any, ...], value: Any, path: str) -> Iterator[str]:
    """The package writes `Literal[…] | str` for words that may grow; ours match its own version."""
    literals = [one for one in arguments if get_origin(one) in (Literal, typing_extensions.Literal)]
    if literals and isinstance(value, str):
        arguments = tuple(literals)
    tries = [list(_value(owner, one, value, path)) for one in arguments if one is not type(None)]
    if value is None and type(None) in arguments:
        return
    if all(tries):
        yield from min(tries, key=len)


def _resolved(owner: type, wanted: Any) -> Any:
    if isinstance(wanted, ForwardRef):
        wanted = wanted.__forward_arg__
    if not isinstance(wanted, str):
        return wanted
    source = inspect.getsource(sys.modules[owner.__module__])
    for line in source.splitlines():
        words = line.split()
        if words[:1] == ["from"] and "import" in words and wanted in line:
            imported = line.split(" import ")[1].split(",")
            for one in imported:
                name, _, alias = one.strip().partition(" as ")
                if (alias or name) == wanted:
                    return getattr(__import__(words[1], fromlist=[name]), name)
    return getattr(stripe, wanted)
