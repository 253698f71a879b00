"""OpenAPI document and Swagger UI, and the parts that all endpoints share."""

import hashlib
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from common.http.errors import (
    ApiError,
    Forbidden,
    InvalidInput,
    InvalidToken,
    RateLimited,
    TokenExpired,
    Unauthorized,
    json_response,
    logged,
)
from common.http.ratelimit import RateLimit
from common.http.schema import ErrorSerializer, error_example


class Public(APIView):
    """Open to everyone, as often as other anonymous requests."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = [RateLimit]
    rate_policy = "anonymous"
    http_method_names = ["get", "head"]


@dataclass(frozen=True)
class Document:
    """The finished document in one format; `etag` changes with its bytes."""

    body: bytes
    content_type: str
    etag: str


class Schema(Public):
    """The document, from memory: JSON or YAML by `format`, or else by `Accept`."""

    renderer_classes = SpectacularAPIView.renderer_classes

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        found = document(self._format(request), request.accepted_media_type or "")
        answer = HttpResponse(
            found.body,
            content_type=found.content_type,
            headers={
                "ETag": found.etag,
                "Cache-Control": "public, no-cache",
                "Vary": "Accept",
                "Content-Disposition": f'inline; filename="lumiku.{self._format(request)}"',
            },
        )
        return (
            get_conditional_response(request._request, etag=found.etag, response=answer) or answer
        )

    def handle_exception(self, exc: Exception) -> Any:
        """Errors are JSON, whatever the format of the document."""
        return json_response(logged(exc))

    def _format(self, request: Request) -> str:
        wanted = request.query_params.get("format", "")
        if wanted and wanted not in _RENDERERS:
            allowed = list(_RENDERERS)
            raise InvalidInput(
                f"format: {wanted[:20]} is not allowed; use one of {', '.join(allowed)}",
                details={"allowed": allowed},
            )
        return wanted or str(request.accepted_renderer.format)


class Swagger(Public, SpectacularSwaggerSplitView):
    """Swagger UI with its script at its own address, so that no inline script has to be allowed."""

    url_name = "v1:schema"


schema_view = Schema.as_view()
swagger_view = Swagger.as_view()

_RENDERERS: dict[str, Any] = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}
# The generator keeps state in modules, so only one thread may use it, and once is enough.
_BUILDING = Lock()
_built: dict[str, bytes] = {}


def document(format: str, media_type: str) -> Document:
    """The OpenAPI document; the first call of a process builds it, which takes half a second."""
    with _BUILDING:
        if not _built:
            generator: Any = SchemaGenerator
            schema = generator().get_schema(request=None, public=True)
            _built.update({name: kind().render(schema) for name, kind in _RENDERERS.items()})
    body, usual = _built[format], _RENDERERS[format].media_type
    digest = hashlib.sha256(body).hexdigest()[:32]
    content_type = media_type if format in media_type else usual
    return Document(body, content_type, f'"{digest}"')


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


def rate_limit_headers(status: int) -> list[OpenApiParameter]:
    """The headers of a limited endpoint's answer with `status`, and of its 429."""
    return [
        OpenApiParameter(
            name, int, OpenApiParameter.HEADER, response=[status, 429], description=description
        )
        for name, description in (
            ("X-RateLimit-Limit", "Requests allowed per window."),
            ("X-RateLimit-Remaining", "Requests that may be sent at once."),
            ("X-RateLimit-Reset", "When the window ends, in Unix seconds."),
        )
    ]


RATE_LIMIT_HEADERS = rate_limit_headers(200)
CREATION_HEADERS = rate_limit_headers(201)

RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Seconds to wait before sending the request again.",
)

LOGIN_ERRORS = (Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited)
"""The errors of every limited endpoint that needs a login and a scope."""


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
            value=error_example(kind),
        )
        for code, kind in zip(codes, kinds, strict=True)
    ]
    named = ", ".join(f"`{code}`" for code in dict.fromkeys(codes))
    return OpenApiResponse(ErrorSerializer, description=named, examples=examples)


def only_v1(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same urlconf is mounted at /v1 and /api, with and without slash; document it once."""
    return [(path.rstrip("/"), *rest) for path, *rest in endpoints if path.startswith("/v1/")]
