from django.urls import URLPattern

from common.http.routes import route
from integrations.compat.microservice.openapi import DOCUMENT
from integrations.compat.microservice.views import BatchView, QueueView, RemoveView
from integrations.compat.openapi import DocumentView

urlpatterns: list[URLPattern] = [
    route("remove-bg", RemoveView.as_view(), name="microservice"),
    route("remove-bg/batch", BatchView.as_view(), name="microservice-batch"),
    route("remove-bg/schema", DocumentView.as_view(document=DOCUMENT), name="microservice-schema"),
    route("queue-status/<batch_id>", QueueView.as_view(), name="microservice-queue"),
]
