"""The hourly comparison with Stripe, and the end of a grace period."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import reconcile
from billing.models import Reconciliation, StripeEvent, Subscription
from billing.stripe.errors import StripeUnavailable
from billing.subscriptions import queries, sync
from billing.webhooks import processor
from common.models import OutgoingMail
from tests.accounts.factories import UserFactory
from tests.billing.factories import subscription_for
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.world import SUBSCRIPTION, subscribe
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore the events of other tests, which would only take time."""
    monkeypatch.setattr(reconcile, "FIRST_LOOK", timedelta(seconds=2))
    monkeypatch.setattr(reconcile, "OVERLAP", timedelta(seconds=2))


def test_undelivered_events_are_fetched(api: Client, user: User, stripe: StripeServer) -> None:
    subscribe(api)
    stripe_id = Subscription.objects.get(user=user).stripe_id
    stripe.client().v1.subscriptions.update(stripe_id, {"cancel_at_period_end": True})
    done = reconcile.reconcile(now=timezone.now())
    assert done.missed_events > 0
    assert reconcile.reconcile(now=timezone.now()).missed_events == 0
    StripeEvent.objects.exclude(object_id=stripe_id).delete()
    processor.run()
    billing = api.get(SUBSCRIPTION).json()["data"]["billing"]
    assert billing["cancelAtPeriodEnd"] is True


def test_a_late_event_does_not_hide_what_was_lost_before_it(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = timezone.now()
    Reconciliation.objects.create(started_at=begun, missed_events=0, subscriptions=0, orders=0)
    subscribe(api)
    reconcile.reconcile(now=begun + timedelta(seconds=1))
    [latest, *earlier] = StripeEvent.objects.order_by("-created_at", "-pk")
    StripeEvent.objects.exclude(pk=latest.pk).delete()
    Reconciliation.objects.exclude(started_at=begun).delete()
    StripeEvent.objects.update(created_at=begun + timedelta(days=5))
    assert reconcile.reconcile(now=begun + timedelta(days=5)).missed_events == len(earlier)


def test_an_interrupted_reconciliation_is_repeated(api: Client) -> None:
    subscribe(api)
    Subscription.objects.update(fetched_at=timezone.now() - timedelta(days=2))
    with dying_after(1), pytest.raises(StripeUnavailable):
        reconcile.reconcile(now=timezone.now())
    assert not Reconciliation.objects.exists()
    assert reconcile.reconcile(now=timezone.now()).subscriptions == 1
    assert Reconciliation.objects.count() == 1


def test_subscriptions_without_events_are_fetched(
    api: Client, user: User, stripe: StripeServer
) -> None:
    subscribe(api)
    row = Subscription.objects.get(user=user)
    stripe.client().v1.subscriptions.cancel(row.stripe_id)
    Subscription.objects.update(fetched_at=timezone.now() - timedelta(days=2))
    assert reconcile.reconcile(now=timezone.now()).subscriptions == 1
    assert Subscription.objects.get(user=user).status == "canceled"


@pytest.mark.parametrize(("over", "status", "mails"), [(True, "canceled", 1), (False, "active", 0)])
def test_an_unknown_subscription_pays_until_its_month_is_over(
    user: User, caplog: Any, over: bool, status: str, mails: int
) -> None:
    now = timezone.now()
    end = now - timedelta(hours=1) if over else now + timedelta(days=5)
    row = subscription_for(user, period_end=end, fetched_at=now - timedelta(days=2))
    assert reconcile.reconcile(now=now).subscriptions == 1
    row.refresh_from_db()
    assert row.status == status
    assert (queries.entitled_plan(user_id=user.pk) is None) == over
    assert (row.stripe_id in caplog.text) == over
    assert OutgoingMail.objects.filter(kind="billing.subscription_ended").count() == mails


def test_a_subscription_that_stripe_knows_again_is_restored(api: Client, user: User) -> None:
    subscribe(api)
    row = Subscription.objects.get(user=user)
    Subscription.objects.update(period_end=timezone.now() - timedelta(hours=1))
    assert sync.end_unknown(stripe_id=row.stripe_id, now=timezone.now())
    assert not sync.end_unknown(stripe_id=row.stripe_id, now=timezone.now())
    row = sync.refresh(stripe_id=row.stripe_id, now=timezone.now())
    assert (row.status, row.ended_at) == ("active", None)


def test_subscriptions_past_their_month_are_fetched_first() -> None:
    now = timezone.now()
    order = {
        "unknown": subscription_for(UserFactory(), fetched_at=now - timedelta(days=9)),
        "unseen": subscription_for(UserFactory(), fetched_at=now - timedelta(days=2)),
        "over": subscription_for(
            UserFactory(),
            fetched_at=now - timedelta(days=5),
            period_end=now - timedelta(hours=1),
        ),
    }
    found = list(queries.not_seen_since(now - timedelta(days=1)))
    assert found == [order["over"], order["unseen"], order["unknown"]]


def test_a_grace_that_just_ended_comes_before_those_that_cannot_be_ended() -> None:
    hours = [2, 9, 1]
    rows = {
        age: subscription_for(
            UserFactory(), status="past_due", grace_until=timezone.now() - timedelta(hours=age)
        )
        for age in hours
    }
    assert list(queries.out_of_grace()) == [rows[age] for age in sorted(hours)]


def test_a_grace_that_cannot_be_ended_does_not_stop_the_others(
    api: Client, user: User, caplog: Any
) -> None:
    subscribe(api)
    over: Any = {"status": "past_due", "grace_until": timezone.now() - timedelta(hours=1)}
    subscription_for(UserFactory(), stripe_id="sub_unknown_there", **over)
    Subscription.objects.filter(user=user).update(**over)
    assert reconcile.expire_grace(now=timezone.now()) == 0
    # The invoice was paid, but no event has reported it.
    assert Subscription.objects.get(user=user).status == "active"
    assert "sub_unknown_there" not in caplog.text


def test_deleted_users_are_not_charged(api: Client, user: User, stripe: StripeServer) -> None:
    subscribe(api)
    row = Subscription.objects.get(user=user)
    user.delete()
    assert reconcile.end_ownerless(now=timezone.now()) == 1
    assert stripe.client().v1.subscriptions.retrieve(row.stripe_id).status == "canceled"
    row.refresh_from_db()
    assert row.status == "canceled"
    assert reconcile.end_ownerless(now=timezone.now()) == 0


def test_old_reconciliations_are_deleted() -> None:
    now = timezone.now()
    for age in (timedelta(days=31), timedelta(days=29)):
        Reconciliation.objects.create(
            started_at=now - age, missed_events=0, subscriptions=0, orders=0
        )
    reconcile.purge(now=now)
    assert Reconciliation.objects.count() == 1
