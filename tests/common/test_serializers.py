from typing import Any

import pytest
from rest_framework import serializers

from common.http.errors import ApiError, ErrorCode, InvalidInput, MissingRequiredField
from common.http.fields import choice
from common.http.serializers import StrictSerializer


class Inner(StrictSerializer):
    left = serializers.IntegerField()


class Outer(StrictSerializer):
    name = serializers.CharField()
    size = serializers.IntegerField(max_value=10)
    inner = Inner(required=False)
    tone = choice(["warm", "cold"], required=False)
    tags = serializers.ListField(child=serializers.IntegerField(), required=False)
    shown = serializers.CharField(read_only=True)


def refusal(data: Any) -> ApiError:
    with pytest.raises(InvalidInput) as caught:
        Outer.parse(data)
    return caught.value


def test_valid_input_comes_back_converted() -> None:
    assert Outer.parse({"name": " a ", "size": "3"}) == {"name": "a", "size": 3}


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_optional_field_that_is_empty_is_absent(empty: Any) -> None:
    data = {"name": "a", "size": 3, "inner": empty, "tone": empty, "tags": [empty]}
    assert Outer.parse(data) == {"name": "a", "size": 3}


def test_a_required_field_that_is_empty_is_refused() -> None:
    assert refusal({"name": "", "size": 3}).details == {
        "fields": {"name": ["This field may not be blank."]}
    }


def test_a_list_without_any_entry_is_left_to_its_field() -> None:
    assert Outer.parse({"name": "a", "size": 3, "tags": []}) == {"name": "a", "size": 3, "tags": []}


def test_unknown_fields_are_named_beside_the_allowed_ones() -> None:
    found = refusal({"name": "a", "size": 1, "zeta": 1, "alpha": 2})
    assert found.message == "Unknown field 'alpha', 'zeta'. Allowed: inner, name, size, tags, tone"
    assert found.details == {
        "unknown": ["alpha", "zeta"],
        "allowed": ["inner", "name", "size", "tags", "tone"],
    }


def test_a_read_only_field_counts_as_unknown() -> None:
    assert refusal({"name": "a", "size": 1, "shown": "x"}).details == {
        "unknown": ["shown"],
        "allowed": ["inner", "name", "size", "tags", "tone"],
    }


def test_an_unknown_name_is_not_repeated_at_any_length() -> None:
    found = refusal({"x" * 10_000: 1})
    assert len(found.message) < 200


def test_a_small_request_does_not_get_a_large_answer() -> None:
    unknown = refusal({f"field{number}": 1 for number in range(1000)})
    value = refusal({"name": "a", "size": 1, "tone": "x" * 10_000})
    items = refusal({"name": "a", "size": 1, "tags": ["x"] * 1000})
    for found in (unknown, value, items):
        assert len(str(found.details)) + len(found.message) < 2000


def test_missing_fields_have_their_own_code() -> None:
    found = refusal({})
    assert isinstance(found, MissingRequiredField)
    assert found.message == "Required fields are missing: name, size"
    assert found.details == {"missing": ["name", "size"]}


def test_one_missing_field_reads_well() -> None:
    assert refusal({"name": "a"}).message == "Required field is missing: size"


def test_a_missing_field_beside_a_wrong_one_is_invalid_input() -> None:
    found = refusal({"size": 11})
    assert found.code is ErrorCode.INVALID_INPUT
    assert found.details is not None
    assert set(found.details["fields"]) == {"name", "size"}


def test_nested_problems_carry_their_path() -> None:
    found = refusal({"name": "a", "size": 1, "inner": {"left": "x"}})
    assert found.message == "inner.left: A valid integer is required."


@pytest.mark.parametrize("data", [[], "x", 3, None, True])
def test_anything_but_an_object_is_refused(data: Any) -> None:
    assert refusal(data).code is ErrorCode.INVALID_INPUT
