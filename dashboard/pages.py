"""The base of the dashboard's pages: shell, language, and who may see them.

A page only renders its template; what it shows comes through the public API from the browser.
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.generic import View

from accounts import customer_view
from accounts.credentials import view_of, visitor
from common.http.csp import HEADER
from dashboard import csp, navigation


class Page(View):
    """A page for everybody. Subclasses name the template, and add to `context`."""

    template_name: str
    http_method_names = ["get", "head"]
    # Whether the page needs a login; without one the visitor is sent to sign in, and comes back.
    private = False
    # Whether a signed-in user is sent on, as from the page for signing in.
    for_strangers = False
    # Whether the page deals with keys and logins, which an operator who looks at the dashboard as
    # a customer sees it is not shown.
    of_secrets = False
    # The view name of the entry of the navigation that the page lies under, if it has none.
    part_of = ""

    @method_decorator(ensure_csrf_cookie)
    def get(self, request: HttpRequest, **parameters: str) -> HttpResponse:
        try:
            viewing = view_of(request)
        except customer_view.ViewHasEnded:
            return _after_view(request)
        user = visitor(request)
        if self.private and user is None:
            return to_sign_in(request)
        if self.for_strangers and user is not None:
            return HttpResponseRedirect(reverse(navigation.HOME))
        with translation.override(language_of(request)):
            shown = {"visitor": user, "viewing": viewing, "part_of": self.part_of}
            if viewing and self.of_secrets:
                return respond(request, "dashboard/not_in_view.html", shown)
            return respond(request, self.template_name, {**shown, **self.context()})

    def context(self) -> dict[str, Any]:
        """The page's own context, in addition to that of the base template."""
        return {}


class AppPage(Page):
    """A page for signed-in users."""

    private = True


def language_of(request: HttpRequest) -> str:
    """The visitor's language, by the language cookie or the browser's preference.

    There is no middleware for it: texts of the API stay English, whatever a browser prefers.
    """
    return translation.get_language_from_request(request)


def respond(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page in the shell, in the current language."""
    body = render_to_string(template, {**_shell(request), **context}, request)
    response = HttpResponse(body, status=status)
    response.headers[HEADER] = csp.policy(request)
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("dashboard:sign-in")
    return HttpResponseRedirect(f"{address}?{urlencode({'next': request.get_full_path()})}")


def _after_view(request: HttpRequest) -> HttpResponse:
    """Back to the operators' page of the customer whose dashboard was looked at."""
    customer = customer_view.stop(request, now=timezone.now())
    if customer is None:
        return HttpResponseRedirect(reverse("admin:index"))
    return HttpResponseRedirect(reverse("operators-customer", args=[customer.public_id]))


def _shell(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    return {
        "home": reverse(navigation.HOME),
        "pages": navigation.PAGES,
        "account_pages": navigation.ACCOUNT,
        "public_pages": navigation.PUBLIC,
        "current": match.view_name if match else "",
        "language": translation.get_language(),
        "languages": settings.LANGUAGES,
    }
