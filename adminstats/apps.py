from django.apps import AppConfig
from django.contrib import admin


class AdminStatsConfig(AppConfig):
    name = "adminstats"
    verbose_name = "Statistics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        admin.site.index_template = "adminstats/landing.html"
