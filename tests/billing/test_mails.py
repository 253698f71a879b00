"""E-mails about money, each queued once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outgoing
from django.utils import timezone, translation
from pytest_django import Settings

from accounts.models import User
from billing import ledger, tasks
from billing.mails import credits, kinds, legacy, outbox
from billing.models import BillingMail, CreditOrder
from billing.models.mails import MailKind
from common.mail import delivery, messages, preferences
from common.models import OutgoingMail
from tests.accounts.factories import UserFactory
from tests.billing.factories import fresh_key, subscription_for, user_with

pytestmark = pytest.mark.django_db


def take(user: User, count: int) -> None:
    ledger.adjust(user_id=user.pk, credits=-count, key=fresh_key(), reason="Used", actor_id=None)


def give(user: User, count: int) -> None:
    ledger.grant(user_id=user.pk, credits=count, key=fresh_key(), reason="Bought")


def sent() -> int:
    credits.notice_low(now=timezone.now())
    return OutgoingMail.objects.filter(kind="billing.credits_low").count()


@pytest.mark.parametrize("kind", MailKind)
def test_every_kind_can_be_looked_at(kind: MailKind) -> None:
    rendered = messages.render(messages.previews()[f"billing/mail/{kind}"](), to="me@example.com")
    assert rendered.subject
    assert "Lumiku" in rendered.text
    assert "</html>" in rendered.html
    assert "{{" not in rendered.text + rendered.html


def test_a_mail_goes_out_once() -> None:
    user = UserFactory()
    subscription = subscription_for(user)
    for _ in range(3):
        outbox.cancellation(subscription=subscription, now=timezone.now())
    assert delivery.send_due() == 1
    assert delivery.send_due() == 0
    [sent] = outgoing.outbox
    assert sent.to == [user.email]
    assert sent.subject == "Your Lumiku subscription is cancelled"
    assert "pro" in sent.body


def test_an_unverified_address_gets_receipts_only(settings: Settings) -> None:
    settings.VERIFY_EMAIL = True
    now, user = timezone.now(), UserFactory()
    paid = CreditOrder(user=user, pack_name="Small", credits=5, amount_idr=1, payment_intent="pi_1")
    outbox.credits_receipt(order=paid, now=now)
    outbox.cancellation(subscription=subscription_for(user), now=now)
    assert delivery.send_due() == 1
    assert [sent.subject for sent in outgoing.outbox] == ["Your Lumiku receipt"]


def test_text_is_escaped_in_html_only() -> None:
    message = kinds.message(MailKind.RECEIPT, {"what": "<b>&", "amount": "Rp 1"})
    rendered = messages.render(message, to="me@example.com")
    assert "<b>&" in rendered.text
    assert "&lt;b&gt;&amp;" in rendered.html


def test_a_receipt_tells_the_same_in_the_language_of_its_reader() -> None:
    paid_at = datetime(2025, 8, 17, 23, 5, tzinfo=UTC)
    users = [UserFactory(), UserFactory()]
    preferences.change(user_id=users[0].pk, language="id")
    for user in users:
        paid = {"pack_name": "Small", "credits": 990, "amount_idr": 99_000}
        order = CreditOrder(user=user, public_id="order_1", payment_intent=f"pi_{user.pk}", **paid)
        outbox.credits_receipt(order=order, now=paid_at)
    delivery.send_due()
    indonesian, english = (str(sent.body) for sent in outgoing.outbox)
    assert "990 kredit (Small)\nRp 99.000\norder_1, 17 Agustus 2025" in indonesian
    assert "990 credits (Small)\nRp 99.000\norder_1, 17 August 2025" in english


def test_the_end_of_a_subscription_is_told_in_the_language_of_its_reader() -> None:
    user = UserFactory()
    subscription = subscription_for(user)
    subscription.period_end = datetime(2025, 5, 31, 9, 30, tzinfo=UTC)
    preferences.change(user_id=user.pk, language="id")
    outbox.cancellation(subscription=subscription, now=timezone.now())
    delivery.send_due()
    assert "sampai 31 Mei 2025, 09:30 UTC" in outgoing.outbox[0].body


def test_a_bill_without_a_description_is_called_a_subscription() -> None:
    facts = {"description": "", "what": "Subscription", "rupiah": 1}
    with translation.override("id"):
        assert kinds.message(MailKind.RECEIPT, facts).context["what"] == "Langganan"


def test_a_row_of_the_previous_release_keeps_its_words() -> None:
    words = {"what": "5 credits (Small)", "amount": "Rp 1,000", "date": "1 May 2025"}
    with translation.override("id"):
        assert {**kinds.message(MailKind.RECEIPT, words).context} == words


def test_the_low_credit_notice_is_sent_once_until_topped_up() -> None:
    user = user_with(100)
    assert sent() == 0
    take(user, 81)
    assert (sent(), sent()) == (1, 1)
    take(user, 5)
    assert sent() == 1
    give(user, 100)
    assert sent() == 1
    take(user, 100)
    assert sent() == 2


def test_a_small_top_up_does_not_enable_the_notice_again() -> None:
    user = user_with(100)
    take(user, 85)
    assert sent() == 1
    give(user, 10)
    assert sent() == 1
    take(user, 10)
    assert sent() == 1


def test_a_new_account_without_credits_gets_no_notice() -> None:
    user = UserFactory()
    give(user, 5)
    assert sent() == 0


def test_the_notice_can_be_switched_off(settings: Settings) -> None:
    settings.CREDITS_LOW = 0
    user = user_with(100)
    take(user, 100)
    assert sent() == 0


def test_the_sweep_writes_it_and_the_outbox_sends_it() -> None:
    user = user_with(100)
    take(user, 99)
    tasks.sweep_payments()
    assert delivery.send_due() == 1
    [sent] = outgoing.outbox
    assert "You have 1 credit left" in sent.body


# --- the table of the previous release ---


def old(key: str, **columns: Any) -> BillingMail:
    now = timezone.now()
    fields = {"kind": "cancellation", "context": {"plan": "pro"}, "created_at": now}
    moments = {"next_attempt_at": now - timedelta(seconds=1), "user": UserFactory()}
    return BillingMail.objects.create(key=key, **{**fields, **moments, **columns})


def test_mails_of_the_previous_release_are_sent_and_none_twice() -> None:
    now = timezone.now()
    waiting = old("waiting", attempts=3)
    old("sent", sent_at=now)
    old("hopeless", attempts=10, next_attempt_at=now + timedelta(hours=1))
    held = old("held", attempts=1, next_attempt_at=now + timedelta(minutes=5))
    for _ in range(2):
        tasks.sweep_payments()
    assert delivery.send_due() == 1
    assert outgoing.outbox[0].to == [waiting.user.email]
    assert list(BillingMail.objects.all()) == [held]
    found = dict(OutgoingMail.objects.values_list("key", "status"))
    assert found == {"waiting": "sent", "sent": "sent", "hopeless": "given_up"}


def test_notices_of_the_previous_release_are_not_repeated() -> None:
    subscription = subscription_for(UserFactory())
    outbox.subscription_ended(subscription=subscription, now=timezone.now())
    key = OutgoingMail.objects.get().key
    OutgoingMail.objects.all().delete()
    old(key, user=subscription.user)
    outbox.subscription_ended(subscription=subscription, now=timezone.now())
    assert not OutgoingMail.objects.exists()
    legacy.move()
    legacy.move()
    assert OutgoingMail.objects.get().key == key
