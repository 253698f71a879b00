"""The kinds of e-mails about money."""

from collections.abc import Mapping
from typing import Any

from billing.models.mails import MailKind
from common.mail.kinds import Kind
from common.mail.messages import Message
from common.observability.metrics import counter

# The metric's name in previous releases, kept for existing dashboards; `mails_total` counts all
# mails.
_MAILS = counter("billing_mails_total", "E-mails about money, by outcome", ["outcome"])

SUBJECTS: Mapping[MailKind, str] = {
    MailKind.RECEIPT: "Your Lumiku receipt",
    MailKind.PAYMENT_FAILED: "Your Lumiku payment failed",
    MailKind.CANCELLATION: "Your Lumiku subscription is cancelled",
    MailKind.SUBSCRIPTION_ENDED: "Your Lumiku subscription has ended",
    MailKind.QUOTA_NEARLY_USED: "Most of today's Lumiku quota is used",
    MailKind.CREDITS_LOW: "You are running out of Lumiku credits",
}


# What may be turned off. Mails about payments and subscriptions are always sent.
NOTICES: Mapping[MailKind, str] = {
    MailKind.QUOTA_NEARLY_USED: "Most of today's quota is used",
    MailKind.CREDITS_LOW: "Credits are running low",
}


def message(kind: MailKind, context: Mapping[str, Any]) -> Message:
    """The e-mail of one kind, in text and HTML."""
    return Message(f"billing/mail/{kind}", SUBJECTS[kind], dict(context))


def _declared(kind: MailKind) -> Kind:
    return Kind(
        name=f"billing.{kind}",
        compose=lambda _, context, __: message(kind, context),
        # Receipts go to every address; notices go to verified addresses only.
        unverified=kind is MailKind.RECEIPT,
        # A disabled account may still be charged, so it gets receipts.
        disabled=True,
        notice=NOTICES.get(kind, ""),
        older_counter=_MAILS,
    )


KINDS: Mapping[MailKind, Kind] = {kind: _declared(kind) for kind in MailKind}
