"""Example mails of this app, for `manage.py preview_email`."""

from common.mail import messages
from integrations.compat.async_service import mails
from integrations.models import DisabledReason, Endpoint
from integrations.webhooks import health


@messages.preview("process-completed")
def completed() -> messages.Message:
    url = "https://images.example.com/download/3fa85f64-5717-4562-b3fc-2c963f66afa6"
    return mails.message(link=url)


@messages.preview("process-failed")
def failed() -> messages.Message:
    return mails.message(link="")


@messages.preview("webhook-disabled")
def webhook_disabled() -> messages.Message:
    endpoint = Endpoint(public_id="hook_01jhmz7vw5k2y8n3q6r9t4x1ab")
    return health.message(endpoint, DisabledReason.FAILING)
