"""Answers and input in the form of FastAPI services: `{"detail": …}`, a list for parameters (422).

`Fields` reads a form or query as such a service does, and names all that is wrong at once.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from common.http.errors import (
    ApiError,
    ErrorCode,
    FileTooLarge,
    MethodNotAllowed,
    NotFound,
    Rendered,
)

_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_SHOWN = 100


class Unprocessable(ApiError):
    """Parameters are missing or mistyped: `details` {errors} in FastAPI's shape."""

    code, status = ErrorCode.INVALID_INPUT, 422
    message = "A parameter is missing or has the wrong type"

    def __init__(self, kind: str, where: str, name: str, message: str, value: Any = None) -> None:
        entry = {"type": kind, "loc": [where, name], "msg": message, "input": value}
        super().__init__(details={"errors": [entry]})

    @classmethod
    def together(cls, found: Sequence["Unprocessable"]) -> "Unprocessable":
        """One error with the details of all of these."""
        first, *others = found
        for other in others:
            (first.details or {})["errors"].extend((other.details or {})["errors"])
        return first


def render(error: ApiError) -> Rendered:
    """The renderer of these surfaces (`settings.ERROR_FORMATS`)."""
    detail: Any = error.message
    status = error.status
    if isinstance(error, Unprocessable):
        detail = (error.details or {})["errors"]
    elif isinstance(error, MethodNotAllowed):
        detail = "Method Not Allowed"
    elif isinstance(error, NotFound) and "path" in (error.details or {}):
        detail = "Not Found"
    elif isinstance(error, FileTooLarge) and "maxBytes" in (error.details or {}):
        status = 413
    return Rendered(status, {"detail": detail}, error.headers)


class Fields:
    """Values under their names, of which an empty one is absent; `where` is `body` or `query`.

    A reader of a value that does not fit returns its default and keeps the problem for `check`.
    """

    def __init__(self, values: Mapping[str, Any], *, where: str) -> None:
        self._values = values
        self._where = where
        self._problems: list[Unprocessable] = []

    def check(self) -> None:
        """Raises Unprocessable (422) with everything that was wrong."""
        if self._problems:
            raise Unprocessable.together(self._problems)

    def file(self, name: str) -> "UploadedFile[bytes] | None":
        value = self._values.get(name)
        if isinstance(value, UploadedFile):
            return value
        if value:
            self._add("value_error", name, "Value error, Expected UploadFile", value)
        else:
            self._add("missing", name, "Field required")
        return None

    def required(self, name: str, *, longest: int) -> str:
        value = self._text(name)
        if not value:
            self._add("missing", name, "Field required")
        elif len(value) > longest:
            message = f"String should have at most {longest} characters"
            self._add("string_too_long", name, message, value)
        return value

    def one_of(self, name: str, allowed: Sequence[str], default: str) -> str:
        """One of these words, in upper or lower case."""
        value = self._text(name).lower()
        if value and value not in allowed:
            *others, last = (repr(option) for option in allowed)
            options = f"{', '.join(others)} or {last}" if others else last
            self._add("enum", name, f"Input should be {options}", value)
            return default
        return value or default

    def whole(self, name: str, *, least: int, most: int, default: int) -> int:
        value = self._text(name)
        if value and not _WHOLE.fullmatch(value):
            message = "Input should be a valid integer, unable to parse string as an integer"
            self._add("int_parsing", name, message, value)
            return default
        return int(self._within(name, float(value), least, most)) if value else default

    def number(self, name: str, *, least: float, most: float, default: float) -> float:
        value = self._text(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            message = "Input should be a valid number, unable to parse string as a number"
            self._add("float_parsing", name, message, value)
            return default
        if not math.isfinite(number):
            self._add("finite_number", name, "Input should be a finite number", value)
            return default
        return self._within(name, number, least, most)

    def _within(self, name: str, number: float, least: float, most: float) -> float:
        if number < least:
            message = f"Input should be greater than or equal to {least}"
            self._add("greater_than_equal", name, message, self._text(name))
        elif number > most:
            message = f"Input should be less than or equal to {most}"
            self._add("less_than_equal", name, message, self._text(name))
        return number

    def _text(self, name: str) -> str:
        value = self._values.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def _add(self, kind: str, name: str, message: str, value: Any = None) -> None:
        shown = value if value is None else str(value)[:_SHOWN]
        self._problems.append(Unprocessable(kind, self._where, name, message, shown))
