"""Serializers that refuse what they do not know and raise the API's own errors."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from common.http.errors import InvalidInput, MissingRequiredField

# An error shows what was sent, but a small request must not get a large answer.
NAME_SHOWN = 50
PROBLEMS_SHOWN = 20
TEXT_SHOWN = 300


class StrictSerializer(serializers.Serializer[Any]):
    """A shape of input: unknown fields are an error, and so is everything that does not fit.

    An optional field that is empty counts as absent, because forms send every field they have.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if not self._is_absent(name, value)}
        return super().to_internal_value(data)

    def _is_absent(self, name: str, value: Any) -> bool:
        field = self.fields.get(name)
        return field is not None and not field.required and _is_empty(value)

    @classmethod
    def parse(cls, data: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the validated fields.

        Raises `MissingRequiredField` when only required fields are missing, `InvalidInput` for
        anything else; the message says the first thing that is wrong, `details` all of them.
        """
        serializer = cls(data=data, **kwargs)
        if isinstance(data, Mapping):
            serializer.refuse_unknown(data)
        if not serializer.is_valid():
            raise _error(serializer.errors)
        return dict(serializer.validated_data)

    def refuse_unknown(self, data: Mapping[str, Any]) -> None:
        allowed = sorted(name for name, field in self.fields.items() if not field.read_only)
        unknown = sorted(set(map(str, data)) - set(allowed))
        if unknown:
            shown = [_cut(name, NAME_SHOWN) for name in unknown[:PROBLEMS_SHOWN]]
            raise InvalidInput(
                f"Unknown field {', '.join(map(repr, shown))}. "
                f"Allowed: {', '.join(allowed) or 'none'}",
                details={"unknown": shown, "allowed": allowed},
            )


def _is_empty(value: Any) -> bool:
    """Whether a value is empty: none, a text of nothing but space, or a form's list of such texts.

    A list without any entry is left to its field: it may be meant.
    """
    if isinstance(value, list):
        return bool(value) and all(_is_empty(entry) for entry in value)
    return value is None or (isinstance(value, str) and not value.strip())


def _error(errors: Any) -> InvalidInput:
    problems = list(_flatten(errors))
    missing = [path for path, detail in problems if detail.code == "required" and path]
    if missing and len(missing) == len(problems):
        plural = "s are" if len(missing) > 1 else " is"
        return MissingRequiredField(
            f"Required field{plural} missing: {', '.join(missing)}", details={"missing": missing}
        )
    fields: dict[str, list[str]] = {}
    for path, detail in problems[:PROBLEMS_SHOWN]:
        fields.setdefault(path or "body", []).append(_cut(detail, TEXT_SHOWN))
    path, first = next(iter(fields.items()))
    message = first[0] if path == "body" else f"{path}: {first[0]}"
    return InvalidInput(message, details={"fields": fields})


def _flatten(errors: Any, path: str = "") -> list[tuple[str, ErrorDetail]]:
    if isinstance(errors, ErrorDetail):
        return [(path, errors)]
    if isinstance(errors, Mapping):
        return [
            found
            for name, inner in errors.items()
            for found in _flatten(inner, _joined(path, str(name)))
        ]
    return [found for inner in errors for found in _flatten(inner, path)]


def _joined(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _cut(text: str, most: int) -> str:
    return str(text) if len(text) <= most else f"{text[:most]}…"
