from django.contrib import admin
from django.urls import URLPattern, path

from adminstats import customer_pages, views
from common.http.routes import route

_operators = [
    ("admin/jobs", views.AnyJobsView, "admin-jobs"),
    ("admin/users/<id:user_id>/credits", views.CreditsView, "admin-credits"),
]

urlpatterns: list[URLPattern] = [
    route("background-remover/admin/stats", views.StatsView.as_view(), name="admin-stats"),
    route("status", views.StatusView.as_view(), name="service-status"),
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

# On the operators' site, in front of the pages that Django's admin makes.
pages: list[URLPattern] = [
    path(
        "admin/customers/<str:user_id>/",
        admin.site.admin_view(customer_pages.overview),
        name="operators-customer",
    ),
    path(
        "admin/customers/<str:user_id>/credits/",
        admin.site.admin_view(customer_pages.credits),
        name="operators-customer-credits",
    ),
    path(
        "admin/customers/<str:user_id>/view/",
        admin.site.admin_view(customer_pages.view_dashboard),
        name="operators-customer-view",
    ),
    path(
        "admin/customer-view/stop/",
        admin.site.admin_view(customer_pages.stop_view),
        name="operators-customer-view-stop",
    ),
]
