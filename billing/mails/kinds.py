"""The kinds of e-mails about money."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from billing.models.mails import MailKind
from common.mail.kinds import Kind
from common.mail.messages import Message
from common.observability.metrics import counter

# The metric's name in previous releases, kept for existing dashboards; `mails_total` counts all
# mails.
_MAILS = counter("billing_mails_total", "E-mails about money, by outcome", ["outcome"])

SUBJECTS: Mapping[MailKind, Promise] = {
    MailKind.RECEIPT: gettext_lazy("Your Lumiku receipt"),
    MailKind.PAYMENT_FAILED: gettext_lazy("Your Lumiku payment failed"),
    MailKind.CANCELLATION: gettext_lazy("Your Lumiku subscription is cancelled"),
    MailKind.SUBSCRIPTION_ENDED: gettext_lazy("Your Lumiku subscription has ended"),
    MailKind.QUOTA_NEARLY_USED: gettext_lazy("Most of today's Lumiku quota is used"),
    MailKind.CREDITS_LOW: gettext_lazy("You are running out of Lumiku credits"),
}


# What may be turned off. Mails about payments and subscriptions are always sent.
NOTICES: Mapping[MailKind, Promise] = {
    MailKind.QUOTA_NEARLY_USED: gettext_lazy("Most of today's quota is used"),
    MailKind.CREDITS_LOW: gettext_lazy("Credits are running low"),
}


def message(kind: MailKind, context: Mapping[str, Any]) -> Message:
    """The e-mail of one kind, in text and HTML."""
    shown = {**context, **_in_words(context)}
    return Message(f"billing/mail/{kind}", str(SUBJECTS[kind]), shown)


def _in_words(facts: Mapping[str, Any]) -> dict[str, str]:
    """Those of the facts in a mail's context that read differently in each language.

    A row of the previous release has no facts, and keeps its English words.
    """
    words = {}
    if "credits" in facts:
        count = facts["credits"]
        bought = ngettext("%(count)s credit (%(pack)s)", "%(count)s credits (%(pack)s)", count)
        words["what"] = bought % {"count": count, "pack": facts["pack"]}
    if "description" in facts:
        words["what"] = facts["description"] or gettext("Subscription")
    if "rupiah" in facts:
        # Written the Indonesian way in every language, as on the pages of the dashboard.
        words["amount"] = f"Rp {facts['rupiah']:,}".replace(",", ".")
    if "dated" in facts:
        words["date"] = _day(facts["dated"])
    if "ends" in facts:
        words["until"] = f"{_day(facts['ends'])}, {datetime.fromisoformat(facts['ends']):%H:%M} UTC"
    return words


def _day(moment: str) -> str:
    return date_format(datetime.fromisoformat(moment), "j F Y")


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
