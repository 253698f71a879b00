"""Health of endpoints: one that fails for days, or says that it is gone, is turned off."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from common.http.errors import timestamp
from common.mail import outbox as mails
from common.mail.kinds import Kind
from common.mail.messages import Message
from common.operators import audit_log
from integrations.models import DisabledReason, Endpoint
from integrations.webhooks import endpoints

TEMPLATE = "integrations/mail/webhook_disabled"
_ERRORS: Mapping[DisabledReason, str] = {
    DisabledReason.FAILING: "The endpoint was turned off because it failed for days",
    DisabledReason.GONE: "The endpoint was turned off because it answered 410",
    DisabledReason.OPERATOR: "The endpoint was turned off by an operator",
}


def note_success(endpoint: Endpoint) -> None:
    """An attempt was accepted; the row is written only if the endpoint was failing."""
    Endpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=False).update(failing_since=None)


def note_failure(endpoint: Endpoint, *, gone: bool, now: datetime) -> None:
    """An attempt has failed: turn the endpoint off if it is `gone`, or if none of its attempts has
    succeeded for `WEBHOOK_DISABLE_AFTER_D` days.
    """
    if gone:
        disable(endpoint, reason=DisabledReason.GONE, now=now)
        return
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    if rows.filter(failing_since__isnull=True).update(failing_since=now):
        return
    patience = timedelta(days=settings.WEBHOOK_DISABLE_AFTER_D)
    if rows.filter(active=True, failing_since__lte=now - patience).exists():
        disable(endpoint, reason=DisabledReason.FAILING, now=now)


@transaction.atomic
def disable(endpoint: Endpoint, *, reason: DisabledReason, now: datetime) -> bool:
    """Turn an endpoint off, with an e-mail to its owner and a line in the operators' log; False if
    it was off already.
    """
    if not endpoints.disable(endpoint, reason=reason, error=_ERRORS[reason], now=now):
        return False
    mails.put(
        DISABLED,
        user_id=endpoint.user_id,
        key=f"webhook-disabled:{endpoint.public_id}:{timestamp(now)}",
        context={"endpoint": endpoint.public_id, "reason": reason},
        now=now,
    )
    if reason is not DisabledReason.OPERATOR:
        audit_log.record(
            operator=audit_log.SERVICE,
            action="endpoint.disable",
            target=endpoint,
            after={"active": False},
            reason=_ERRORS[reason],
        )
    return True


def message(endpoint: Endpoint, reason: str) -> Message:
    """The e-mail that says that an endpoint was turned off."""
    context = {
        "endpoint": endpoint,
        "reason": reason,
        "days": settings.WEBHOOK_DISABLE_AFTER_D,
        "deliveries": f"GET /v1/webhooks/deliveries?endpoint={endpoint.public_id}",
    }
    return Message(TEMPLATE, gettext("Your Lumiku webhook endpoint was turned off"), context)


def _compose(_: Any, context: Mapping[str, Any], __: datetime) -> Message | None:
    """The mail, or None once the endpoint is deleted or turned on again."""
    found = Endpoint.objects.filter(public_id=context["endpoint"], active=False).first()
    return message(found, context["reason"]) if found else None


DISABLED = Kind(name="integrations.webhook_disabled", compose=_compose)
