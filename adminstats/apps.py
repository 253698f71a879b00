from django.apps import AppConfig


class AdminStatsConfig(AppConfig):
    name = "adminstats"
    default_auto_field = "django.db.models.BigAutoField"
