"""OpenAPI: the schema, Swagger UI, and the parts that every endpoint shares."""

from typing import Any, ClassVar

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request

from common.http.errors import ApiError
from common.http.ratelimit import RateLimit


class _Public:
    """Open to everyone, as often as other anonymous requests; a look costs real work."""

    authentication_classes: ClassVar[list[Any]] = []
    permission_classes: ClassVar[list[Any]] = []
    throttle_classes = [RateLimit]
    rate_policy = "anonymous"
    http_method_names = ["get", "head"]


class Schema(_Public, SpectacularAPIView):  # type: ignore[misc]
    def _get_version_parameter(self, request: Request) -> None:
        """There is one version; what the query names would end up in a header."""


class Swagger(_Public, SpectacularSwaggerSplitView):  # type: ignore[misc]
    """With its script at an address of its own, so that no inline script has to be allowed."""

    url_name = "v1:schema"


schema_view = Schema.as_view()
swagger_view = Swagger.as_view()

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=(
        "1 to 255 printable ASCII characters of your choice. The same key with the same request "
        "gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and is executed "
        "once; with another request it is refused with 409."
    ),
)


class ErrorBodySerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.JSONField(required=False)
    timestamp = serializers.DateTimeField()
    requestId = serializers.CharField()


class ErrorSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField(default=False)
    error = ErrorBodySerializer()


def success(name: str, data: Any, *, description: str = "", example: Any = None) -> OpenApiResponse:
    """The documented success envelope around `data` (a serializer instance or class)."""
    body = data() if isinstance(data, type) else data
    serializer = inline_serializer(
        name=f"{name}Response",
        fields={"success": serializers.BooleanField(default=True), "data": body},
    )
    examples = (
        [OpenApiExample("Example", value={"success": True, "data": example})] if example else []
    )
    return OpenApiResponse(serializer, description=description, examples=examples)


def errors(*kinds: type[ApiError]) -> dict[int, OpenApiResponse]:
    """Documented errors by status, each with its codes named and an example."""
    by_status: dict[int, list[type[ApiError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _error_response(group) for status, group in by_status.items()}


def _error_response(kinds: list[type[ApiError]]) -> OpenApiResponse:
    codes = [str(kind.code) for kind in kinds]
    examples = [
        OpenApiExample(
            # Of two under one name the document would show the last.
            code if codes.count(code) == 1 else f"{code}: {kind.__name__}",
            summary=code,
            description=kind.message,
            value={
                "success": False,
                "error": {
                    "code": code,
                    "message": kind.message,
                    "timestamp": "2025-01-15T10:30:00Z",
                    "requestId": "req_01jhmz7vw5k2y8n3q6r9t4x1ab",
                },
            },
        )
        for code, kind in zip(codes, kinds, strict=True)
    ]
    named = ", ".join(f"`{code}`" for code in dict.fromkeys(codes))
    return OpenApiResponse(ErrorSerializer, description=named, examples=examples)


def only_v1(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same urlconf is mounted at /v1 and /api, with and without slash; document it once."""
    return [(path.rstrip("/"), *rest) for path, *rest in endpoints if path.startswith("/v1")]
