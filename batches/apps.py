from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = "Batches"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # One offers its gauge to /metrics, the other listens to removal.
        from batches import queries, receivers  # noqa: F401, PLC0415
        from batches.scheduling import queue_depth  # noqa: F401, PLC0415
        from removal import batch_names  # noqa: PLC0415

        batch_names.register(queries)
