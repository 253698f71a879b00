"""The state at Stripe after an account's erasure."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import account_erasure
from billing.models import Customer
from tests.billing.stripe.test_subscribe import error_of, plans_at
from tests.billing.stripe.world import customer_of, subscribe, unpaid_at
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


def is_gone(stripe: StripeServer, customer: str) -> bool:
    found = stripe.client().v1.customers.retrieve(customer)
    return bool(found.to_dict(for_json=True).get("deleted"))


def test_an_upgrade_that_waits_for_the_bank_cannot_be_paid(
    api: Client, user: User, stripe: StripeServer
) -> None:
    subscribe(api, "starter")
    answer = subscribe(api, "pro", card="pm_card_threeDSecure2Required")
    assert error_of(answer) == (402, "PAYMENT_ACTION_REQUIRED")
    assert len(unpaid_at(stripe, user)) == 1
    account_erasure.erase(user=user, now=timezone.now())
    assert unpaid_at(stripe, user) == []
    assert plans_at(stripe, user) == [("canceled", 9_900_000)]


def test_replaced_customers_are_deleted_too(api: Client, user: User, stripe: StripeServer) -> None:
    subscribe(api)
    first = customer_of(user)
    # The keys of another account are set for a while.
    Customer.objects.filter(user=user).update(replaced_at=timezone.now())
    Customer.objects.create(user=user, stripe_id="cus_elsewhere", created_at=timezone.now())
    account_erasure.erase(user=user, now=timezone.now())
    assert is_gone(stripe, first)
    assert not Customer.objects.filter(deleted_at=None).exists()
