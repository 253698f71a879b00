from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from batches.signals import batch_closed, batch_erased  # noqa: PLC0415 - once apps are loaded
        from integrations.compat.async_service import mails  # noqa: PLC0415
        from integrations.webhooks import events  # noqa: PLC0415
        from removal.signals import job_ended, jobs_erased  # noqa: PLC0415

        batch_closed.connect(events.batch_closed, dispatch_uid="webhooks")
        batch_erased.connect(events.batch_erased, dispatch_uid="webhooks")
        job_ended.connect(events.job_ended, dispatch_uid="webhooks")
        job_ended.connect(mails.job_ended, dispatch_uid="async-service")
        jobs_erased.connect(events.jobs_erased, dispatch_uid="webhooks")
