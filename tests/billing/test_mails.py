"""E-mails about money: what is written down, and that each goes out once."""

from datetime import timedelta

import pytest
from django.core import mail as outgoing
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import ledger, tasks
from billing.mails import credits, delivery, outbox
from billing.mails.models import MailKind
from billing.models import BillingMail, CreditOrder
from common.mail import messages
from tests.accounts.factories import UserFactory
from tests.billing.factories import fresh_key, subscription_for, user_with
from tests.smtp import mail_server

pytestmark = pytest.mark.django_db


def take(user: User, count: int) -> None:
    ledger.adjust(user_id=user.pk, credits=-count, key=fresh_key(), reason="Used", actor_id=None)


def give(user: User, count: int) -> None:
    ledger.grant(user_id=user.pk, credits=count, key=fresh_key(), reason="Bought")


def told() -> int:
    credits.notice_low(now=timezone.now())
    return BillingMail.objects.filter(kind="credits_low").count()


def send_in(*, hours: int) -> int:
    moment = timezone.now() + timedelta(hours=hours)
    return delivery.send_due(clock=lambda: moment)


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


def test_a_mail_server_that_is_away_is_tried_again(settings: Settings) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    outbox.cancellation(subscription=subscription_for(UserFactory()), now=timezone.now())
    now = timezone.now()
    assert delivery.send_due(clock=lambda: now) == 0
    row = BillingMail.objects.get()
    assert (row.attempts, row.sent_at, bool(row.error)) == (0, None, True)
    settings.EMAIL_BACKEND = backend
    assert delivery.send_due(clock=lambda: now) == 0
    assert delivery.send_due(clock=lambda: now + timedelta(minutes=2)) == 1


def test_no_outage_is_so_long_that_a_mail_is_given_up(settings: Settings) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    outbox.cancellation(subscription=subscription_for(UserFactory()), now=timezone.now())
    for tries in range(delivery.MAX_ATTEMPTS + 3):
        assert send_in(hours=2 * tries) == 0
    settings.EMAIL_BACKEND = backend
    assert send_in(hours=48) == 1


def test_a_server_that_is_closing_is_away_and_refuses_nobody() -> None:
    user = UserFactory()
    outbox.cancellation(subscription=subscription_for(user), now=timezone.now())
    with mail_server(unknown=user.email, refusal="421 closing for maintenance") as taken:
        for tries in range(delivery.MAX_ATTEMPTS + 2):
            assert send_in(hours=2 * tries) == 0
    assert taken == []
    assert BillingMail.objects.get().attempts == 0


@pytest.mark.parametrize(
    "address",
    ["nobody@example.com", pytest.param(f"me@{'ü' * 70}.example", id="too long for a host")],
)
def test_an_address_that_is_refused_does_not_hold_up_the_others(address: str) -> None:
    now = timezone.now()
    refused, other = UserFactory(email=address), UserFactory()
    outbox.cancellation(subscription=subscription_for(refused), now=now - timedelta(minutes=1))
    outbox.cancellation(subscription=subscription_for(other), now=now)
    with mail_server(unknown=address) as taken:
        assert delivery.send_due() == 1
    assert taken == [other.email]
    row = BillingMail.objects.get(user=refused)
    assert (row.attempts, row.sent_at, bool(row.error)) == (1, None, True)


def test_what_is_refused_again_and_again_is_given_up_aloud(
    caplog: pytest.LogCaptureFixture,
) -> None:
    user = UserFactory()
    outbox.cancellation(subscription=subscription_for(user), now=timezone.now())
    with mail_server(unknown=user.email):
        for tries in range(delivery.MAX_ATTEMPTS + 2):
            send_in(hours=2 * tries)
    assert BillingMail.objects.get().attempts == delivery.MAX_ATTEMPTS
    assert [line.levelname for line in caplog.records if "given up" in line.message] == ["ERROR"]
    assert user.email not in caplog.text


def test_an_unverified_address_gets_receipts_only(settings: Settings) -> None:
    settings.VERIFY_EMAIL = True
    now, user = timezone.now(), UserFactory()
    paid = CreditOrder(user=user, pack_name="Small", credits=5, amount_idr=1, payment_intent="pi_1")
    outbox.credits_receipt(order=paid, now=now)
    outbox.cancellation(subscription=subscription_for(user), now=now)
    assert delivery.send_due() == 1
    assert [sent.subject for sent in outgoing.outbox] == ["Your Lumiku receipt"]


def test_text_is_escaped_in_html_only() -> None:
    message = delivery.message(MailKind.RECEIPT, {"what": "<b>&", "amount": "Rp 1"})
    rendered = messages.render(message, to="me@example.com")
    assert "<b>&" in rendered.text
    assert "&lt;b&gt;&amp;" in rendered.html


def test_few_credits_are_told_once_until_topped_up() -> None:
    user = user_with(100)
    assert told() == 0
    take(user, 81)
    assert (told(), told()) == (1, 1)
    take(user, 5)
    assert told() == 1
    give(user, 100)
    assert told() == 1
    take(user, 100)
    assert told() == 2


def test_a_few_credits_more_do_not_arm_the_notice_again() -> None:
    user = user_with(100)
    take(user, 85)
    assert told() == 1
    give(user, 10)
    assert told() == 1
    take(user, 10)
    assert told() == 1


def test_a_new_account_without_credits_is_left_alone() -> None:
    user = UserFactory()
    give(user, 5)
    assert told() == 0


def test_the_notice_can_be_switched_off(settings: Settings) -> None:
    settings.CREDITS_LOW = 0
    user = user_with(100)
    take(user, 100)
    assert told() == 0


def test_the_sweep_sends_them() -> None:
    user = user_with(100)
    take(user, 99)
    tasks.sweep_payments()
    [sent] = outgoing.outbox
    assert "You have 1 credit left" in sent.body


def test_old_mails_are_forgotten() -> None:
    user = user_with(100)
    take(user, 99)
    tasks.sweep_payments()
    assert delivery.purge(now=timezone.now() + timedelta(days=91)) == 1
