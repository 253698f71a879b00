from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from batches.signals import (  # noqa: PLC0415 - once apps are loaded
            batch_closed,
            batch_erased,
            batch_progressed,
        )
        from billing.signals import account_event  # noqa: PLC0415
        from integrations.compat.async_service import mails  # noqa: PLC0415
        from integrations.partners import results  # noqa: PLC0415
        from integrations.webhooks import events  # noqa: PLC0415
        from removal.signals import job_ended, jobs_erased  # noqa: PLC0415

        batch_closed.connect(events.batch_closed, dispatch_uid="webhooks")
        account_event.connect(events.account_event, dispatch_uid="webhooks")
        batch_progressed.connect(events.batch_progressed, dispatch_uid="webhooks")
        batch_erased.connect(events.batch_erased, dispatch_uid="webhooks")
        job_ended.connect(events.job_ended, dispatch_uid="webhooks")
        job_ended.connect(mails.job_ended, dispatch_uid="async-service")
        jobs_erased.connect(events.jobs_erased, dispatch_uid="webhooks")
        job_ended.connect(results.job_ended, dispatch_uid="partners")
        jobs_erased.connect(results.jobs_erased, dispatch_uid="partners")
        batch_closed.connect(results.batch_closed, dispatch_uid="partners")
        batch_erased.connect(results.batch_erased, dispatch_uid="partners")
