from django.urls import URLPattern

from common.http.routes import route
from integrations.compat.async_service.openapi import document
from integrations.compat.async_service.views import DownloadView, ProcessView, StatusView
from integrations.compat.openapi import DocumentView

urlpatterns: list[URLPattern] = [
    route("process", ProcessView.as_view(), name="async-service"),
    route("process/schema", DocumentView.as_view(document=document()), name="async-service-schema"),
    route("status/<processing_id>", StatusView.as_view(), name="async-service-status"),
    route("download/<processing_id>", DownloadView.as_view(), name="async-service-download"),
]
