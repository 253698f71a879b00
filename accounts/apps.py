from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The module registers itself with drf-spectacular.
        import accounts.openapi.authentication  # noqa: F401, PLC0415
