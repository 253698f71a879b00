from django.urls import URLPattern

from common.http.routes import route
from removal import views
from removal.presets.views import PresetsView, PresetView

urlpatterns: list[URLPattern] = [
    route("background-remover/remove", views.RemoveView.as_view(), name="remove"),
    route("background-remover/jobs", views.JobsView.as_view(), name="jobs"),
    route("background-remover/jobs/<id:job_id>", views.JobView.as_view(), name="job"),
    route(
        "background-remover/jobs/<id:job_id>/bad-result",
        views.BadResultView.as_view(),
        name="job-bad-result",
    ),
    route(
        "background-remover/jobs/<id:job_id>/cancel", views.CancelView.as_view(), name="job-cancel"
    ),
    route("background-remover/presets", PresetsView.as_view(), name="presets"),
    route("background-remover/presets/<id:name>", PresetView.as_view(), name="preset"),
]
