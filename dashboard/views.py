"""The pages; each renders one template."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog


@require_safe
@cache_control(public=True, max_age=3600)
def catalog(request: HttpRequest, language: str) -> HttpResponseBase:
    """The translations for scripts. The language is part of the address, so it may be cached."""
    with translation.override(language):
        return JavaScriptCatalog.as_view(packages=["dashboard"])(request)
