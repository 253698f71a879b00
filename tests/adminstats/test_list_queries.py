"""The number of queries of a list does not depend on its length."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.mail import PASSWORD_CHANGED
from accounts.models import Erasure, User
from batches.models import Upload
from billing.models import CreditOrder, CreditPack, Customer, Debt, Invoice, QuotaDay
from common.mail import outbox
from common.models import RateLimitOverride
from tests.accounts.factories import UserFactory, api_key_for
from tests.batches.factories import ended
from tests.billing.factories import account_of, subscription_for
from tests.integrations.webhooks.factories import delivery
from tests.removal.factories import customer, row

pytestmark = pytest.mark.django_db


def one_of_each() -> None:
    """One row for another user in every table that has an owner."""
    now, user = timezone.now(), customer()
    row(user)
    ended(user)
    delivery(user)
    api_key_for(user)
    subscription_for(user)
    Erasure.objects.create(user=user, requested_at=now, available_at=now)
    Upload.objects.create(
        user=user, content_type="image/png", size=1, key="k", created_at=now, expires_at=now
    )
    _money_of(user)
    RateLimitOverride.objects.create(user=user, policy="single", limit=1, window_s=1, burst=1)
    outbox.put(PASSWORD_CHANGED, user_id=user.pk, now=now)


def _money_of(user: User) -> None:
    now, key = timezone.now(), f"k{user.pk}"
    moments = {"created_at": now, "period_start": now, "period_end": now}
    Invoice.objects.create(
        user=user, stripe_id=key, status="paid", amount_due=1, amount_paid=1, sequence=0, **moments
    )
    Customer.objects.create(user=user, stripe_id=key, created_at=now)
    Debt.objects.create(account=account_of(user), key=key, credits=1, created_at=now)
    pack = CreditPack.objects.first()
    CreditOrder.objects.create(user=user, pack=pack, credits=1, amount_idr=1, created_at=now)
    QuotaDay.objects.create(user=user, day=now.date(), used_limit=1, professional_limit=1)


@pytest.fixture
def site() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_no_list_queries_once_per_row(site: Client) -> None:
    models: list[Any] = list(admin.site._registry)
    names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in models]
    urls = [reverse(f"admin:{name}_changelist") for name in names]

    def asked() -> dict[str, int]:
        found = {}
        for url in urls:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert site.get(url).status_code == 200
            found[url] = len(queries)
        return found

    one_of_each()
    few = asked()
    for _ in range(3):
        one_of_each()
    assert asked() == few
    assert max(few.values()) < 10
