from django.urls import URLPattern

from batches.uploads import views
from common.http.routes import route

_ROOT = "background-remover/uploads"

urlpatterns: list[URLPattern] = [
    route(_ROOT, views.UploadsView.as_view(), name="uploads"),
    route(f"{_ROOT}/addresses", views.AddressesView.as_view(), name="upload-addresses"),
    route(f"{_ROOT}/discard", views.DiscardView.as_view(), name="uploads-discard"),
    route(f"{_ROOT}/<id:upload_id>", views.UploadView.as_view(), name="upload"),
    route(f"{_ROOT}/<id:upload_id>/file", views.UploadFileView.as_view(), name="upload-file"),
]
