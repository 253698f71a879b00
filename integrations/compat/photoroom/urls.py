from django.urls import URLPattern

from common.http.routes import route
from integrations.compat.openapi import DocumentView
from integrations.compat.photoroom.openapi import DOCUMENT
from integrations.compat.photoroom.views import AccountView, SegmentView

urlpatterns: list[URLPattern] = [
    route("v1/segment", SegmentView.as_view(), name="photoroom"),
    route("v1/account", AccountView.as_view(), name="photoroom-account"),
    route("v2/account", AccountView.as_view(version=2), name="photoroom-account-v2"),
    route("v1/segment/schema", DocumentView.as_view(document=DOCUMENT), name="photoroom-schema"),
]
