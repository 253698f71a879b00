"""Refusal of NUL characters, which no text column can hold."""

from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.http.errors import InvalidInput, json_response

_MESSAGE = "The request's address or cookies hold a NUL character"


class NulMiddleware:
    """Refuses a NUL in the query string or in a cookie, wherever it would have gone (400)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = unquote(request.META.get("QUERY_STRING", ""), errors="replace")
        if "\0" in query or any("\0" in value for value in request.COOKIES.values()):
            return json_response(InvalidInput(_MESSAGE), path=request.path)
        return self.get_response(request)
