"""Payments in the statistics, from Stripe's objects."""

import pytest
from django.test import Client

from accounts.models import User
from billing import stats
from billing.models import Invoice
from tests.billing.stripe.world import deliver_all, events_of, subscribe
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


def test_the_refund_of_a_plan_is_taken_off_what_was_paid(
    api: Client, user: User, stripe: StripeServer
) -> None:
    subscribe(api, "pro")
    deliver_all(events_of(stripe, user))
    assert stats.paid(since=None) == stats.Paid(subscriptions_idr=299_000)
    [invoice] = Invoice.objects.all()
    refund = {"payment_intent": invoice.payment_intent, "amount": 9_900_000}
    stripe.client().v1.refunds.create(refund)  # type: ignore[arg-type]
    # An older event once more changes nothing.
    for events in (events_of(stripe, user), events_of(stripe, user)[:1]):
        deliver_all(events)
    found = stats.paid(since=None)
    assert (found.returned_idr, found.net_idr) == (99_000, 200_000)
    assert stats.paid(since=None, user_id=user.pk) == found
