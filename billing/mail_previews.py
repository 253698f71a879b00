"""Example mails of this app, for `manage.py preview_email`."""

from collections.abc import Callable, Mapping
from typing import Any

from billing.mails import kinds
from billing.models.mails import MailKind
from common.mail import messages

_BILL = {
    "description": "1 × Lumiku Pro (at Rp 299,000 / month)",
    "rupiah": 299_000,
    "number": "A1B2C3D4-0001",
    "dated": "2025-01-15T10:12:00Z",
    "url": "https://invoice.stripe.com/i/example",
}
_EXAMPLES: Mapping[MailKind, dict[str, Any]] = {
    MailKind.RECEIPT: _BILL,
    MailKind.PAYMENT_FAILED: _BILL,
    MailKind.CANCELLATION: {"plan": "pro", "ends": "2025-02-15T00:00:00Z"},
    MailKind.SUBSCRIPTION_ENDED: {"plan": "pro"},
    MailKind.QUOTA_NEARLY_USED: {"used": 160, "limit": 200},
    MailKind.CREDITS_LOW: {"available": 12},
}


def _example(kind: MailKind) -> Callable[[], messages.Message]:
    return lambda: kinds.message(kind, _EXAMPLES[kind])


for _kind in MailKind:
    messages.preview(f"billing/mail/{_kind}")(_example(_kind))
