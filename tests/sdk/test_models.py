"""The models of both packages are those of the OpenAPI document."""

import dataclasses
import importlib.util
import types
import typing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lumiku import account_models, errors, models, webhook_models
from lumiku.decoding import wire_name

from common.http.errors import ErrorCode

TYPESCRIPT = Path(__file__).resolve().parents[2] / "sdk" / "typescript"
_NOT_OPTIONS = {
    *("image", "image_b64", "image_url", "images", "uploadIds", "bg_image"),
    *("tier", "name", "webhookUrl", "async"),
}
_KINDS: dict[str, tuple[Any, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (float,),
    "boolean": (bool,),
}


MODELS = {**models.SCHEMAS, **account_models.SCHEMAS, **webhook_models.SCHEMAS}


@cache
def schemas() -> Any:
    return Client().get("/v1/schema?format=json").json()["components"]["schemas"]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_fields_of_its_schema(name: str) -> None:
    model, schema = MODELS[name], schemas()[name]
    known = {wire_name(field.name) for field in dataclasses.fields(model) if not _own(field)}
    assert known == set(schema["properties"])


@pytest.mark.parametrize("name", MODELS)
def test_a_field_has_the_type_of_its_property(name: str) -> None:
    model, schema = MODELS[name], schemas()[name]
    hints = typing.get_type_hints(model)
    wrong = {}
    for field in dataclasses.fields(model):
        found = schema["properties"].get(wire_name(field.name))
        may_lack = wire_name(field.name) not in schema.get("required", ())
        if found is not None and not _fits(hints[field.name], found, may_lack=may_lack):
            wrong[field.name] = (hints[field.name], found)
    assert wrong == {}


def test_the_options_are_those_of_a_removal() -> None:
    for name in ("SingleRequest", "StartRequest"):
        taken = set(schemas()[name]["properties"]) - _NOT_OPTIONS
        assert set(models.OutputOptions.__annotations__) == taken


def test_the_models_of_the_typescript_package_are_written_anew_after_a_change() -> None:
    spec = importlib.util.spec_from_file_location("models", TYPESCRIPT / "models.py")
    assert spec
    assert spec.loader
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    # `models.py` says in its first lines how.
    assert (TYPESCRIPT / "src" / "models.ts").read_text() == writer.render(schemas())


def test_the_tiers_are_those_of_the_server() -> None:
    assert list(models.TIERS) == schemas()["TierEnum"]["enum"]


def test_every_code_has_its_exception() -> None:
    assert set(errors.BY_CODE) == {str(code) for code in ErrorCode}
    assert len(set(errors.BY_CODE.values())) == len(ErrorCode)


def _own(field: "dataclasses.Field[Any]") -> bool:
    """A field with a default is the package's own, such as the status within a progress."""
    return field.default is not dataclasses.MISSING


def _fits(hint: Any, found: Any, *, may_lack: bool = False) -> bool:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if (may_lack or _is_nullable(found)) and types.NoneType not in options:
        return False
    kinds = {one for one in options if one is not types.NoneType}
    if found.get("type") == "array":
        return all(_fits(typing.get_args(kind)[0], found["items"]) for kind in kinds)
    referred = _referred(found)
    if referred is not None:
        enum = {str} if schemas()[referred].get("type") == "string" else {int}
        return all(dataclasses.is_dataclass(kind) for kind in kinds) or kinds == enum
    if found.get("format") == "date-time":
        return kinds == {datetime}
    if found.get("type") == "object":
        return all(typing.get_origin(kind) is not None for kind in kinds)
    return kinds <= set(_KINDS[found["type"]])


def _is_nullable(found: Any) -> bool:
    one_of = found.get("oneOf", [])
    null = any(one.get("$ref", "").endswith("NullEnum") for one in one_of)
    return bool(found.get("nullable")) or null


def _referred(found: Any) -> str | None:
    options = [found, *found.get("allOf", []), *found.get("oneOf", [])]
    names = [one["$ref"].rsplit("/", 1)[-1] for one in options if "$ref" in one]
    return names[0] if names else None
