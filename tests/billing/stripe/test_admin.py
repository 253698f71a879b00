"""The operators' pages of payments, and the log of their actions at Stripe."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from billing.models import Invoice, StripeEvent, Subscription
from common.models import OperatorAction
from tests.accounts.factories import UserFactory
from tests.billing.factories import subscription_for
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.world import subscribe

LIST = "/admin/billing/subscription/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def act(client: Client, action: str, row: Subscription, **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [row.pk], **more}
    return client.post(LIST, chosen, follow=True)


def message_in(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def outcomes() -> list[tuple[str, str]]:
    lines = OperatorAction.objects.order_by("pk")
    return [(line.action, line.after["outcome"]) for line in lines]


def test_a_cancellation_and_a_fetch_are_logged_with_their_outcome(
    api: Client, operator: Client
) -> None:
    subscribe(api)
    row = Subscription.objects.get()
    assert message_in(act(operator, "cancel", row)) == "1 done"
    act(operator, "fetch", row)
    row.refresh_from_db()
    assert row.cancel_at_period_end
    assert outcomes() == [
        ("subscription.cancel", "begun"),
        ("subscription.cancel", "done"),
        ("subscription.fetch", "begun"),
        ("subscription.fetch", "done"),
    ]


def test_a_refused_action_is_not_logged_as_done(api: Client, operator: Client) -> None:
    subscribe(api)
    row = Subscription.objects.get()
    act(operator, "cancel", row)
    answer = act(operator, "cancel", row)
    assert row.public_id in message_in(answer)
    assert outcomes()[2:] == [
        ("subscription.cancel", "begun"),
        ("subscription.cancel", "refused"),
    ]


def test_a_lost_answer_is_logged_as_unknown(api: Client, operator: Client) -> None:
    subscribe(api)
    with dying_after(0):
        act(operator, "cancel", Subscription.objects.get())
    line = OperatorAction.objects.get(after__outcome="no answer")
    assert "not known yet" in line.after["message"]


def test_a_crash_leaves_the_log_entry_open(
    api: Client, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**_: Any) -> None:
        raise RuntimeError

    subscribe(api)
    monkeypatch.setattr("billing.subscriptions.services.cancel", breaks)
    with pytest.raises(RuntimeError):
        act(operator, "cancel", Subscription.objects.get())
    assert outcomes() == [
        ("subscription.cancel", "begun"),
        ("subscription.cancel", "not known"),
    ]


@pytest.mark.parametrize("status", ["canceled", "incomplete"])
def test_only_running_subscriptions_with_a_user_can_be_cancelled(
    operator: Client, user: User, status: str
) -> None:
    ended = subscription_for(user, status=status)
    orphan = subscription_for(UserFactory())
    Subscription.objects.filter(pk=orphan.pk).update(user=None)
    for row in (ended, orphan):
        assert "no subscription" in message_in(act(operator, "cancel", row))
    assert ("subscription.cancel", "done") not in outcomes()


def test_an_action_on_a_page_returns_to_that_page(api: Client, operator: Client) -> None:
    subscribe(api)
    row = Subscription.objects.get()
    page = reverse("admin:billing_subscription_change", args=[row.pk])
    assert b'name="_from_page"' in operator.get(page).content
    assert act(operator, "fetch", row, _from_page="1").redirect_chain == [(page, 302)]


def test_the_view_permission_allows_no_actions(api: Client) -> None:
    subscribe(api)
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_subscription"))
    client = Client()
    client.force_login(looker)
    act(client, "cancel", Subscription.objects.get())
    assert not Subscription.objects.get().cancel_at_period_end
    assert not OperatorAction.objects.exists()


def test_invoices_are_shown_in_rupiah(operator: Client, user: User) -> None:
    now = timezone.now()
    invoice = Invoice.objects.create(
        user=user,
        stripe_id="in_1",
        number="A-1",
        status="paid",
        currency="idr",
        amount_due=29_900_000,
        amount_paid=29_900_000,
        created_at=now,
        period_start=now,
        period_end=now + timedelta(days=30),
        sequence=0,
    )
    pages = (
        reverse("admin:billing_invoice_changelist"),
        reverse("admin:billing_invoice_change", args=[invoice.pk]),
    )
    for url in pages:
        page = operator.get(url).content.decode()
        assert "Rp 299,000" in page
        assert "29900000" not in page


def test_an_events_payload_can_be_read_but_not_its_secrets(operator: Client) -> None:
    now = timezone.now()
    thing = {"client_secret": "pi_1_secret_abc", "note": "<script>alert(1)</script>"}
    event = StripeEvent.objects.create(
        stripe_id="evt_1",
        type="payment_intent.created",
        payload={"data": {"object": thing, "more": [thing]}},
        source="webhook",
        created_at=now,
        received_at=now,
        available_at=now,
    )
    url = reverse("admin:billing_stripeevent_change", args=[event.pk])
    page = operator.get(url).content.decode()
    assert "secret_abc" not in page
    assert "(hidden)" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
