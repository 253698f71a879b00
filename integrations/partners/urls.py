"""Addresses of the partners' endpoints: `background-remover/integrations/<slug>/<endpoint>`."""

from django.urls import URLPattern

from common.http.routes import route
from integrations.partners.registry import KINDS

urlpatterns: list[URLPattern] = [
    route(
        f"background-remover/integrations/{slug}/{endpoint}",
        view.as_view(),
        name=f"partner-{slug}-{endpoint}",
    )
    for slug, kind in KINDS.items()
    for endpoint, view in kind.endpoints
]
