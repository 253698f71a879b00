"""Addresses of the dashboard's pages."""

from django.conf import settings
from django.urls import URLPattern, path, re_path
from django.views.i18n import set_language

from common.http.routes import route
from dashboard import batch_pages, public_pages, single_pages, views

app_name = "dashboard"

_LANGUAGES = "|".join(code for code, _ in settings.LANGUAGES)

urlpatterns: list[URLPattern] = [
    re_path(rf"^i18n/(?P<language>{_LANGUAGES})/catalog\.js$", views.catalog, name="catalog"),
    path("", public_pages.Landing.as_view(), name="landing"),
    path("robots.txt", public_pages.robots, name="robots"),
    path("favicon.ico", public_pages.favicon, name="favicon"),
    route("status", public_pages.ServiceStatus.as_view(), name="status"),
    route("sign-in", views.SignIn.as_view(), name="sign-in"),
    route("sign-up", views.SignUp.as_view(), name="sign-up"),
    route("forgot", views.Forgot.as_view(), name="forgot"),
    route("reset", views.Reset.as_view(), name="reset"),
    route("verify", views.Verify.as_view(), name="verify"),
    route("app/billing", views.Billing.as_view(), name="billing"),
    route("app/developers", views.Developers.as_view(), name="developers"),
    route("app/account", views.Account.as_view(), name="account"),
    route("app", single_pages.SinglePage.as_view(), name="single"),
    route("app/jobs", single_pages.JobsPage.as_view(), name="jobs"),
    path("i18n/language", set_language, name="language"),
    route("app/batches", batch_pages.BatchesPage.as_view(), name="batches"),
    route("app/batches/new", batch_pages.NewBatchPage.as_view(), name="batch-new"),
    route("app/batches/<id:batch_id>", batch_pages.BatchPage.as_view(), name="batch"),
]
