from django.urls import URLPattern

from common.http.routes import route
from integrations.compat.openapi import DocumentView
from integrations.compat.rembg.openapi import DOCUMENT
from integrations.compat.rembg.views import RemoveView

urlpatterns: list[URLPattern] = [
    route("api/remove", RemoveView.as_view(), name="rembg"),
    route("api/remove/schema", DocumentView.as_view(document=DOCUMENT), name="rembg-schema"),
]
