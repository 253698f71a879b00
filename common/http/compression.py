"""Compression of static files that were not compressed beforehand.

In production they were, by `collectstatic` (`common.staticfiles`); a service that runs straight
from its sources serves them as they are. Answers of the API and pages are left alone: what
holds both a secret and what a caller has sent should not show by its length what is in it.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_TEXTS = ("text/", "image/svg", "application/json", "application/javascript")


class CompressStatic(GZipMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        static = request.path.startswith(settings.STATIC_URL) and response.status_code == 200
        if not (static and response.get("Content-Type", "").startswith(_TEXTS)):
            return response
        return super().process_response(request, response)
