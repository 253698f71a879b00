"""The base of every JSON endpoint."""

import os
from collections.abc import Mapping
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, QueryDict
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.http import ratelimit
from common.http.errors import (
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    UnsupportedMediaType,
    from_exception,
)
from common.http.parsers import JsonParser
from common.http.ratelimit import Decision, RateLimit
from common.http.serializers import StrictSerializer

# The headers that carry credentials.
CREDENTIALS = ("Authorization", "X-API-Key", "Cookie")


class ApiView(APIView):
    """Parses strictly, limits the rate by `rate_policy` and says so in the headers.

    `rate_policy` names an entry of `settings.RATE_LIMITS`.
    """

    rate_policy: str = "status"
    rate_decision: Decision | None = None
    throttle_classes = [RateLimit]
    parser_classes = [JsonParser]

    def query(self, serializer: type[StrictSerializer]) -> dict[str, Any]:
        """The validated query string; raises `InvalidInput` or `MissingRequiredField`."""
        return serializer.parse(_plain(self.request.query_params, serializer))

    def body(self, serializer: type[StrictSerializer]) -> dict[str, Any]:
        """The validated body, JSON or form with files; raises as `query` does."""
        data = self.request.data
        return serializer.parse(_plain(data, serializer) if isinstance(data, QueryDict) else data)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # A caller may name any codec in the Content-Type, even ones that do not decode text.
        request.encoding = "utf-8"
        _measure(request)
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if any("\0" in str(value) for value in kwargs.values()):
            raise NotFound()
        super().initial(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answers are JSON whatever `Accept` prefers."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, drf.UnsupportedMediaType):
            allowed = [parser.media_type for parser in self.parser_classes]
            exc = UnsupportedMediaType(str(exc.detail), details={"allowed": allowed})
        elif isinstance(exc, drf.MethodNotAllowed):
            exc = MethodNotAllowed(str(exc.detail), details={"allowed": self.allowed_methods})
        elif from_exception(exc).status == 401 and self.rate_decision is None:
            exc = self._unknown(exc)
        return super().handle_exception(exc)

    def _unknown(self, exc: Exception) -> Exception:
        """Count an unknown caller by network; authenticated callers are not limited here."""
        try:
            self.rate_decision = ratelimit.limit_unknown(self.request._request)
        except RateLimited as refusal:
            return refusal
        return exc

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self.rate_decision and 400 <= final.status_code < 500 and final.status_code != 429:
            self.rate_decision = ratelimit.give_back(self.rate_decision)
        if self.authentication_classes:
            # An answer belongs to its caller alone, and may hold links that need no login.
            final.headers.setdefault("Cache-Control", "private, no-store")
            patch_vary_headers(final, CREDENTIALS)
        for name, value in (self.rate_decision.headers() if self.rate_decision else {}).items():
            final.headers.setdefault(name, value)
        return final


def _plain(data: QueryDict, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """A dict of single values, with lists only where the serializer declares a list."""
    wanted = serializer()
    fields = wanted.fields
    lists = _without_brackets(data, fields)
    # First, or a list under a wrong name would be called a field that was sent too often.
    wanted.refuse_unknown(lists)
    plain: dict[str, Any] = {}
    for name, sent in lists.items():
        # Forms send every field they have, and a file that was not chosen as an empty text.
        values = [value for value in sent if value != ""] or sent[:1]
        if isinstance(fields.get(name), serializers.ListField):
            plain[name] = values
        elif len(values) > 1:
            raise InvalidInput(f"{name[:50]} was sent {len(values)} times; send it once")
        else:
            plain[name] = values[0]
    return plain


def _without_brackets(data: QueryDict, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values by name; PHP, jQuery and others write the name of a list as `images[]`."""
    lists: dict[str, list[Any]] = {}
    for name, values in data.lists():
        bare = name.removesuffix("[]")
        known = bare if isinstance(fields.get(bare), serializers.ListField) else name
        lists.setdefault(known, []).extend(values)
    return lists


def _measure(request: HttpRequest) -> None:
    """Django takes a body without a Content-Length (chunked) for empty; here it lies in a file."""
    chunked = "HTTP_TRANSFER_ENCODING" in request.META and "CONTENT_LENGTH" not in request.META
    if not isinstance(request, ASGIRequest) or not chunked:
        return
    stream: Any = request._stream
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    request.META["CONTENT_LENGTH"] = str(size)
