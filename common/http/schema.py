"""Description of an endpoint in the OpenAPI document: the answers that all endpoints have."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_lib_doc_excludes
from rest_framework import serializers

from common.http.errors import (
    ApiError,
    FileTooLarge,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from common.http.pagination import PageQuerySerializer
from common.http.serializers import StrictSerializer

_PARSED = frozenset({"application/json", "multipart/form-data"})
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ErrorBodySerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable; tell errors apart by it.")
    message = serializers.CharField(help_text="For people; may change.")
    details = serializers.JSONField(required=False, help_text="What helps to put things right.")
    timestamp = serializers.DateTimeField()
    requestId = serializers.CharField(help_text="Name it when you ask for help.")


class ErrorSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField(default=False)
    error = ErrorBodySerializer()


class ApiSchema(AutoSchema):
    """Adds the errors that follow from what a view is made of.

    Authentication and permission classes and mixins of writing views name theirs as `refusals`;
    the rest follows from the rate limit, the body and the parameters. A view's own are documented
    by `common.http.openapi.errors`. Descriptions come from `extend_schema` alone: docstrings are
    written for those who read the code.
    """

    def get_description(self) -> str:  # type: ignore[override]
        return ""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            shape = self.resolve_serializer(ErrorSerializer, "response").ref
            for kind in dict.fromkeys(self._refusals(operation)):
                _add(operation["responses"], kind, shape)
            operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation

    def _refusals(self, operation: dict[str, Any]) -> Iterator[type[ApiError]]:
        yield from self._of_the_caller()
        parameters = {parameter["in"] for parameter in operation.get("parameters", ())}
        parsed = not _PARSED.isdisjoint(operation.get("requestBody", {}).get("content", ()))
        if parsed:
            yield from (InvalidInput, MissingRequiredField, FileTooLarge, UnsupportedMediaType)
        if "query" in parameters:
            yield InvalidInput
        if "path" in parameters:
            yield NotFound
        if self.method in _WRITING:
            yield from getattr(self.view, "refusals", ())
        yield from (ApiError, ServiceUnavailable)

    def _of_the_caller(self) -> Iterator[type[ApiError]]:
        for part in (*self.view.get_authenticators(), *self.view.get_permissions()):
            refusals: Iterable[type[ApiError]] = getattr(part, "refusals", ())
            yield from refusals
        if self.view.throttle_classes:
            yield RateLimited


def error_example(kind: type[ApiError]) -> dict[str, Any]:
    """The envelope of an error of this kind."""
    return {
        "success": False,
        "error": {
            "code": str(kind.code),
            "message": kind.message,
            "timestamp": "2025-01-15T10:30:00Z",
            "requestId": "req_01jhmz7vw5k2y8n3q6r9t4x1ab",
        },
    }


def library_docstrings() -> list[type]:
    """Classes whose docstrings are no descriptions of what inherits from them."""
    usual: Callable[[], list[type]] = get_lib_doc_excludes
    return [*usual(), PageQuerySerializer, StrictSerializer]


def _add(responses: dict[str, Any], kind: type[ApiError], shape: dict[str, str]) -> None:
    """Document an error once, among the others of its status."""
    response = responses.setdefault(str(kind.status), {"description": ""})
    content = response.setdefault("content", {}).setdefault("application/json", {"schema": shape})
    examples = content.setdefault("examples", {})
    code, example = str(kind.code), error_example(kind)
    if any(code == known["value"]["error"]["code"] for known in examples.values()):
        return
    examples[code] = {"value": example, "summary": code, "description": kind.message}
    named = [response["description"]] if response["description"] else []
    response["description"] = ", ".join([*named, f"`{code}`"])
