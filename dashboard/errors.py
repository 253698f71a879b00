"""Errors as pages for people with a browser; programs get the API's answers."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from accounts.credentials import view_of, visitor
from accounts.customer_view import View, ViewHasEnded
from common.http import errors as api
from dashboard.pages import language_of, respond

# Addresses of the API; those of the drop-in surfaces are in `settings.ERROR_FORMATS`.
_PROGRAMS = re.compile(r"/(v1|api|static)(/|$)")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not wants_page(request):
        return api.not_found(request, exception)
    with translation.override(language_of(request)):
        context = {"visitor": visitor(request), "viewing": _viewing(request)}
        return respond(request, "dashboard/404.html", context, status=404)


def _viewing(request: HttpRequest) -> View | None:
    try:
        return view_of(request)
    except ViewHasEnded:
        return None


def server_error(request: HttpRequest) -> HttpResponse:
    """The page reads nothing from the database, which may be what failed."""
    answer: JsonResponse = api.server_error(request)
    if not wants_page(request):
        return answer
    try:
        with translation.override(language_of(request)):
            return respond(request, "dashboard/500.html", {"visitor": None}, status=500)
    except Exception:
        return answer


def csrf_failure(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: a form that was sent without its token, usually from an old page."""
    if not wants_page(request):
        return api.json_response(api.Forbidden("The form's CSRF token is missing or out of date"))
    with translation.override(language_of(request)):
        return respond(request, "dashboard/403.html", {"visitor": None}, status=403)


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks for a page, by the address and by `Accept`."""
    surfaces = (pattern for pattern, _ in settings.ERROR_FORMATS)
    if _PROGRAMS.match(request.path) or any(re.match(one, request.path) for one in surfaces):
        return False
    return "text/html" in request.headers.get("Accept", "")
