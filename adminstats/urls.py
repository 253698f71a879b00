from django.urls import URLPattern

from adminstats import views
from common.http.routes import route

_operators = [
    ("admin/jobs", views.AnyJobsView, "admin-jobs"),
    ("admin/users/<id:user_id>/credits", views.CreditsView, "admin-credits"),
]

urlpatterns: list[URLPattern] = [
    route("background-remover/admin/stats", views.StatsView.as_view(), name="admin-stats"),
    route("background-remover/stats", views.OwnStatsView.as_view(), name="stats"),
    *(route(path, view.as_view(), name=name) for path, view, name in _operators),
    # The same routes under the other mount, excluded from the schema.
    *(
        route(
            f"background-remover/{path}",
            view.as_view(schema=None),
            name=f"background-remover-{name}",
        )
        for path, view, name in _operators
    ),
]
