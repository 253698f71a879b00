from django.urls import URLPattern

from batches.api import views
from batches.archive import views as archive
from batches.uploads import urls as uploads
from batches.websocket.views import SocketView
from common.http.routes import route

_BATCH = "background-remover/batch/<id:batch_id>"

urlpatterns: list[URLPattern] = [
    route("background-remover/batch", views.BatchesView.as_view(), name="batches"),
    route(_BATCH, views.BatchView.as_view(), name="batch"),
    route(f"{_BATCH}/items", views.ItemsView.as_view(), name="batch-items"),
    route(f"{_BATCH}/cancel", views.CancelView.as_view(), name="batch-cancel"),
    route(f"{_BATCH}/retry", views.RetryView.as_view(), name="batch-retry"),
    route("background-remover/ws", SocketView.as_view(), name="socket"),
    *uploads.urlpatterns,
    *archive.urlpatterns,
]
