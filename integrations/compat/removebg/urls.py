from django.urls import URLPattern

from common.http.routes import route
from integrations.compat.openapi import DocumentView
from integrations.compat.removebg.openapi import DOCUMENT
from integrations.compat.removebg.views import AccountView, ImproveView, RemoveView

urlpatterns: list[URLPattern] = [
    route("v1.0/removebg", RemoveView.as_view(), name="removebg"),
    route("v1.0/account", AccountView.as_view(), name="removebg-account"),
    route("v1.0/improve", ImproveView.as_view(), name="removebg-improve"),
    route("v1.0/schema", DocumentView.as_view(document=DOCUMENT), name="removebg-schema"),
]
