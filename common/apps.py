from importlib import import_module

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "System"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the modules whose checks and signal receivers register themselves."""
        for module in (
            "checks",
            "mail.queries",
            "observability.exporter",
            "observability.liveness",
        ):
            import_module(f"common.{module}")
