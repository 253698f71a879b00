"""Every public path of the service; the native API is mounted at /v1 and /api alike."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

import accounts.urls
import adminstats.urls
import batches.urls
import billing.urls
import integrations.urls
import removal.urls
from batches.zipping.views import media_urlpatterns as archives
from common import health, media, metrics
from common.schema import schema_view, swagger_view
from common.urls import route
from removal.health import DetailedHealthView

native: list[URLPattern | URLResolver] = [
    *accounts.urls.urlpatterns,
    *billing.urls.urlpatterns,
    *removal.urls.urlpatterns,
    *batches.urls.urlpatterns,
    *integrations.urls.urlpatterns,
    *adminstats.urls.urlpatterns,
    route("schema", schema_view, name="schema"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include((native, "v1"))),
    path("api/", include((native, "api"))),
    path("admin/", admin.site.urls),
    route("docs", swagger_view, name="docs"),
    route("health", health.health_view, name="health", slash=False),
    route("health/", DetailedHealthView.as_view(), name="health-detail", slash=False),
    route("ready", health.readiness, name="ready", slash=False),
    route("metrics", metrics.metrics_view, name="metrics", slash=False),
    *media.urlpatterns,
    *archives,
]

handler400 = "common.errors.bad_request"
handler404 = "common.errors.not_found"
handler500 = "common.errors.server_error"
