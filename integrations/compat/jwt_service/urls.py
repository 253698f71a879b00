from django.urls import URLPattern

from common.http.routes import route
from integrations.compat.jwt_service.openapi import DOCUMENT
from integrations.compat.jwt_service.views import HealthView, MetricsView, RemoveView, TokenView
from integrations.compat.openapi import DocumentView

_SCHEMA = "api/remove-background/schema"

urlpatterns: list[URLPattern] = [
    route("health/", HealthView.as_view(), name="health-detail", slash=False),
    route("auth/token", TokenView.as_view(), name="jwt-service-token"),
    route("api/remove-background", RemoveView.as_view(), name="jwt-service"),
    route(_SCHEMA, DocumentView.as_view(document=DOCUMENT), name="jwt-service-schema"),
    # `/metrics` without the slash is for Prometheus.
    route("metrics/", MetricsView.as_view(), name="jwt-service-metrics", slash=False),
]
