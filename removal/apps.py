from django.apps import AppConfig


class RemovalConfig(AppConfig):
    name = "removal"
    verbose_name = "Work"
    default_auto_field = "django.db.models.BigAutoField"
