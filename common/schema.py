"""OpenAPI: the schema, Swagger UI, and the parts that every endpoint shares."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, inline_serializer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework import serializers

from common.errors import ApiError

schema_view = SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[])
swagger_view = SpectacularSwaggerView.as_view(
    url_name="v1:schema", authentication_classes=[], permission_classes=[]
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
    examples = [
        OpenApiExample(
            str(kind.code),
            value={
                "success": False,
                "error": {
                    "code": str(kind.code),
                    "message": kind.message,
                    "timestamp": "2025-01-15T10:30:00Z",
                    "requestId": "req_01jhmz7vw5k2y8n3q6r9t4x1ab",
                },
            },
        )
        for kind in kinds
    ]
    codes = ", ".join(f"`{kind.code}`" for kind in kinds)
    return OpenApiResponse(ErrorSerializer, description=codes, examples=examples)


def only_v1(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same urlconf is mounted at /v1 and /api; document it once."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1")]
