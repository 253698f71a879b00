"""Input fields whose errors say what to do."""

from typing import Any

import pytest
from django.urls import get_resolver
from rest_framework import serializers

from common.http.errors import InvalidInput
from common.http.fields import MomentField, choice, switch
from common.http.serializers import StrictSerializer


class Query(StrictSerializer):
    startDate = MomentField(required=False)
    tone = choice(["warm", "cold"], required=False)
    loud = switch(required=False)


def message(**data: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        Query.parse(data)
    return caught.value.message


@pytest.mark.parametrize("zone", ["07:00", "0700"])
def test_a_plus_that_an_address_has_turned_into_a_space_is_explained(zone: str) -> None:
    assert "%2B" in message(startDate=f"2025-01-31T10:00:00 {zone}")


def test_any_other_date_is_refused_with_the_format() -> None:
    assert "2025-01-31T10:00:00Z" in message(startDate="yesterday")


def test_choices_are_named() -> None:
    assert message(tone="blue") == "tone: blue is not allowed; use one of warm, cold"
    assert message(loud="very") == "loud: very is not allowed; use true or false"


def fields_of(
    serializer: serializers.Serializer[Any],
) -> list[serializers.Field[Any, Any, Any, Any]]:
    found = []
    for field in serializer.fields.values():
        found += [field, getattr(field, "child", None) or field]
    return found


def all_inputs() -> list[type[StrictSerializer]]:
    """Every shape of input of the apps; importing the addresses imports the serializers."""
    assert get_resolver("config.urls").url_patterns
    found: list[type[StrictSerializer]] = []
    left: list[type[StrictSerializer]] = [StrictSerializer]
    while left:
        below = left.pop().__subclasses__()
        found += [kind for kind in below if not kind.__module__.startswith("tests.")]
        left += below
    return found


def test_every_choice_of_the_api_is_named_in_its_error() -> None:
    kinds = all_inputs()
    assert len(kinds) > 20
    for kind in kinds:
        for field in fields_of(kind()):
            if isinstance(field, serializers.ChoiceField) and not field.read_only:
                said = str(field.error_messages["invalid_choice"])
                assert "use one of" in said, (kind, field)
            if isinstance(field, serializers.BooleanField) and not field.read_only:
                assert "true or false" in str(field.error_messages["invalid"]), (kind, field)
