from django.apps import AppConfig


class RemovalConfig(AppConfig):
    name = "removal"
    default_auto_field = "django.db.models.BigAutoField"
