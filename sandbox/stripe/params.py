"""Validation of parameters: every endpoint lists its parameters by name and type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.stripe.errors import ApiError, invalid

Params = dict[str, Any]
# A kind converts the received value, or raises `ApiError`; the text is the parameter's name.
Kind = Callable[[Any, str], Any]
_MAX_TEXT = 5000


def text(value: Any, name: str) -> str:
    """Any text; an empty one unsets the field."""
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {name}", param=name)
    if len(value) > _MAX_TEXT:
        raise invalid(f"Invalid string: {name} is longer than {_MAX_TEXT} characters", param=name)
    return value


def integer(value: Any, name: str) -> int:
    """A whole number of either sign."""
    try:
        return int(text(value, name))
    except ValueError:
        raise invalid(
            f"Invalid integer: {value}", param=name, code="parameter_invalid_integer"
        ) from None


def positive(value: Any, name: str) -> int:
    """A whole number that is 0 or more."""
    number = integer(value, name)
    if number < 0:
        raise invalid(
            "This value must be greater than or equal to 0.",
            param=name,
            code="parameter_invalid_integer",
        )
    return number


def decimal(value: Any, name: str) -> str:
    """A decimal number, kept as text."""
    try:
        return str(Decimal(text(value, name)))
    except InvalidOperation:
        raise invalid(f"Invalid decimal: {value}", param=name) from None


def boolean(value: Any, name: str) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def currency(value: Any, name: str) -> str:
    """A three-letter code, in lower case."""
    code = text(value, name).lower()
    if len(code) != 3 or not code.isalpha():
        raise invalid(f"Invalid currency: {value}.", param=name)
    return code


def metadata(value: Any, name: str) -> dict[str, str]:
    """At most 50 pairs of text; an empty value removes the key, an empty text all keys."""
    if value == "":
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        raise invalid(f"Invalid hash: {name}", param=name)
    if len(value) > 50 or any(len(k) > 40 or len(v) > 500 for k, v in value.items()):
        raise invalid(
            "Metadata takes 50 keys of 40 characters with values of 500 characters at most.",
            param=name,
        )
    return dict(value)


def choice(*allowed: str) -> Kind:
    """One of these words."""

    def check(value: Any, name: str) -> str:
        if value not in allowed:
            known = ", ".join(allowed[:-1]) + f", or {allowed[-1]}" if allowed[1:] else allowed[0]
            raise invalid(f"Invalid {name}: must be one of {known}", param=name)
        return str(value)

    return check


def list_of(kind: Kind) -> Kind:
    """Indexed values; an empty text is an empty list."""

    def check(value: Any, name: str) -> list[Any]:
        if value == "":
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise invalid(f"Invalid array: {name}", param=name)
        return [kind(member, f"{name}[{at}]") for at, member in enumerate(value)]

    return check


def either(kind: Kind, *words: str) -> Kind:
    """One of these words, else `kind`."""

    def check(value: Any, name: str) -> Any:
        return value if value in words else kind(value, name)

    return check


@dataclass(frozen=True)
class Shape:
    """The parameters of an endpoint, or of a hash inside one; usable as a kind itself."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def __call__(self, value: Any, name: str = "") -> Params:
        """Check and convert parameters; absent ones stay absent. Raises `ApiError`."""
        if value == "" and name:
            return {}
        if not isinstance(value, Mapping):
            raise invalid(f"Invalid hash: {name}", param=name)
        known = {key: self._kind(key, _join(name, key)) for key in value}
        for key in self.required:
            if value.get(key, "") == "":
                raise _missing(_join(name, key))
        return {key: kind(value[key], _join(name, key)) for key, kind in known.items()}

    def _kind(self, key: str, name: str) -> Kind:
        try:
            return self.fields[key]
        except KeyError:
            raise invalid(
                f"Received unknown parameter: {name}", param=name, code="parameter_unknown"
            ) from None


def shape(*required: str, **fields: Kind) -> Shape:
    """Make a shape, such as `shape("customer", customer=text, metadata=metadata)`."""
    return Shape(fields=fields, required=required)


EXPAND = {"expand": list_of(text)}
WINDOW = either(shape(gt=integer, gte=integer, lt=integer, lte=integer))
PAGING: dict[str, Kind] = {
    "limit": integer,
    "starting_after": text,
    "ending_before": text,
    "created": lambda value, name: (
        {"gte": integer(value, name), "lte": integer(value, name)}
        if isinstance(value, str)
        else WINDOW(value, name)
    ),
}
NOTHING = shape()


def merged(current: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update."""
    both = {**current, **(given or {})}
    return {key: value for key, value in both.items() if value != ""}


def _join(parent: str, key: str) -> str:
    return f"{parent}[{key}]" if parent else key


def _missing(name: str) -> ApiError:
    return invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
