"""Example mails of this app, for `manage.py preview_email`."""

from collections.abc import Callable, Mapping
from typing import Any

from billing.mails import kinds
from billing.models.mails import MailKind
from common.mail import messages

_BILL = {
    "what": "1 × Lumiku Pro (at Rp 299,000 / month)",
    "amount": "Rp 299,000",
    "number": "A1B2C3D4-0001",
    "date": "15 January 2025",
    "url": "https://invoice.stripe.com/i/example",
}
_EXAMPLES: Mapping[MailKind, dict[str, Any]] = {
    MailKind.RECEIPT: _BILL,
    MailKind.PAYMENT_FAILED: _BILL,
    MailKind.CANCELLATION: {"plan": "pro", "until": "15 February 2025, 00:00 UTC"},
    MailKind.SUBSCRIPTION_ENDED: {"plan": "pro"},
    MailKind.QUOTA_NEARLY_USED: {"used": 160, "limit": 200},
    MailKind.CREDITS_LOW: {"available": 12},
}


def _example(kind: MailKind) -> Callable[[], messages.Message]:
    return lambda: kinds.message(kind, _EXAMPLES[kind])


for _kind in MailKind:
    messages.preview(f"billing/mail/{_kind}")(_example(_kind))
