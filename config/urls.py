"""Every public path of the service; the native API is mounted at /v1 and /api alike."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

import accounts.urls
import adminstats.urls
import batches.urls
import billing.urls
import billing.views
import dashboard.urls
import integrations.compat.urls
import integrations.urls
import removal.queries
import removal.urls
from batches.archive.views import media_urlpatterns as archives
from common.http import media
from common.http.openapi import schema_view, swagger_view
from common.http.routes import route
from common.observability import health, metrics

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
    # First, because some lie below the addresses of the native API.
    *integrations.compat.urls.urlpatterns,
    path("v1/", include((native, "v1"))),
    path("api/", include((native, "api"))),
    *adminstats.urls.pages,
    path("admin/", admin.site.urls),
    route("docs", swagger_view, name="docs"),
    route("docs/pricing.md", billing.views.pricing_page, name="pricing-page", slash=False),
    route("health", health.health_view, name="health", slash=False),
    route("ready", health.readiness, name="ready", slash=False),
    route("metrics", metrics.metrics_view, name="metrics", slash=False),
    *media.urls({"uploads": media.own_name, "processed": removal.queries.result_name}),
    *archives,
    *accounts.urls.media_urlpatterns,
    path("", include(dashboard.urls)),
]

handler400 = "common.http.errors.bad_request"
handler404 = "dashboard.errors.not_found"
handler500 = "dashboard.errors.server_error"
