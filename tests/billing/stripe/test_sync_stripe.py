"""`manage.py sync_stripe`"""

import io
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from billing import catalogue
from billing.catalogue import Article, Synced
from billing.models import CreditPack
from tests.billing.stripe.flaky import overtaken
from tests.stripe_server import StripeServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pack")]


def synced() -> dict[str, str]:
    """The outcome by lookup key."""
    out = io.StringIO()
    call_command("sync_stripe", stdout=out)
    return {line.split()[1]: line.split()[0] for line in out.getvalue().splitlines()}


def article() -> Article:
    """An article that has not been sold yet."""
    return Article(f"lumiku_pack_{uuid4().hex}", "New", 10_000)


def test_doing_it_again_changes_nothing() -> None:
    first = synced()
    assert set(first) >= {"lumiku_plan_starter", "lumiku_plan_pro", "lumiku_pack_hundred"}
    assert set(synced().values()) == {"unchanged"}


def test_a_new_pack_is_created_and_a_changed_one_replaced(stripe: StripeServer) -> None:
    new = CreditPack.objects.create(slug="sync", name="Sync", credits=5, price_idr=10_000)
    assert synced()["lumiku_pack_sync"] == "created"
    CreditPack.objects.filter(pk=new.pk).update(price_idr=11_000)
    assert synced()["lumiku_pack_sync"] == "replaced"
    found = stripe.client().v1.prices.list({"lookup_keys": ["lumiku_pack_sync"]}).data
    assert [price.unit_amount for price in found] == [1_100_000]


def test_prices_are_in_hundredths_of_rupiah(stripe: StripeServer) -> None:
    synced()
    [price] = stripe.client().v1.prices.list({"lookup_keys": ["lumiku_plan_pro"]}).data
    assert (price.unit_amount, price.currency) == (29_900_000, "idr")
    assert price.recurring
    assert price.recurring.interval == "month"


def test_an_unavailable_stripe_fails_the_command(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="not available"):
        call_command("sync_stripe")


def test_a_product_that_another_buyer_made_meanwhile_will_do(stripe: StripeServer) -> None:
    wanted = article()

    def make() -> None:
        stripe.client().v1.products.create({"id": wanted.key, "name": "Sooner"})

    with overtaken("/v1/products", make):
        assert catalogue.sync(wanted).outcome == "created"


def test_two_first_buyers_at_once_make_one_price() -> None:
    wanted, now = article(), timezone.now()
    theirs: list[Synced] = []

    def buy() -> None:
        theirs.append(catalogue.sync(wanted, clock=lambda: now))

    with overtaken("/v1/prices", buy):
        ours = catalogue.sync(wanted, clock=lambda: now)
    assert [ours] == theirs
