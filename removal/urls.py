from django.urls import URLPattern

from common.http.routes import route
from removal import views
from removal.presets.views import PresetsView, PresetView
from removal.versions.views import MaskView, VersionsView, VersionView

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
    route("background-remover/jobs/<id:job_id>/mask", MaskView.as_view(), name="job-mask"),
    route(
        "background-remover/jobs/<id:job_id>/versions",
        VersionsView.as_view(),
        name="job-versions",
    ),
    route(
        "background-remover/jobs/<id:job_id>/versions/<id:version>",
        VersionView.as_view(),
        name="job-version",
    ),
]
