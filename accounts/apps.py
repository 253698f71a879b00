from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import accounts.openapi  # noqa: F401, PLC0415 - registers itself with drf-spectacular
