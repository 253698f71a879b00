"""Numbers that callers send have bounds in every shape of input."""

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

import config.urls  # noqa: F401 - loads every serializer
from common.http.serializers import StrictSerializer


def shapes(kind: Any = StrictSerializer) -> Iterator[Any]:
    for inner in kind.__subclasses__():
        if not inner.__module__.startswith("tests."):
            yield inner
        yield from shapes(inner)


def numbers() -> Iterator[tuple[str, Any]]:
    for shape in set(shapes()):
        for name, found in shape._declared_fields.items():
            field = getattr(found, "child", found)
            if isinstance(field, serializers.IntegerField | serializers.FloatField):
                yield f"{shape.__module__}.{shape.__name__}.{name}", field


def test_every_number_of_an_input_has_both_bounds() -> None:
    found = dict(numbers())
    assert len(found) > 5
    loose = [name for name, field in found.items() if None in (field.min_value, field.max_value)]
    assert loose == []
