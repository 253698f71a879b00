"""`X-Server-Version`: the release that answers, by which clients see whether they fit it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Server-Version"


class ServerVersionMiddleware:
    """Adds the header to every answer. The OpenAPI document tells the version as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers[HEADER] = settings.VERSION
        return response
