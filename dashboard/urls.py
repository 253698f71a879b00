"""Addresses of the dashboard's pages."""

from django.conf import settings
from django.urls import URLPattern, path, re_path
from django.views.i18n import set_language

from dashboard import views

app_name = "dashboard"

_LANGUAGES = "|".join(code for code, _ in settings.LANGUAGES)

urlpatterns: list[URLPattern] = [
    re_path(rf"^i18n/(?P<language>{_LANGUAGES})/catalog\.js$", views.catalog, name="catalog"),
    path("i18n/language", set_language, name="language"),
]
