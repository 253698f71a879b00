"""A user who pays through the sandbox's Stripe server, by the real package."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.audit import audit
from billing.models import CreditPack
from tests.accounts.factories import UserFactory, bearer
from tests.billing.stripe.world import WEBHOOK_SECRET, begin
from tests.stripe_server import StripeServer, stripe_server

__all__ = ["stripe_server"]


@pytest.fixture(autouse=True)
def stripe(stripe_server: StripeServer, settings: Settings) -> StripeServer:
    """The server, and the settings that make the service use it."""
    settings.STRIPE_API_BASE = stripe_server.url
    settings.STRIPE_SECRET_KEY = stripe_server.secret_key
    settings.STRIPE_PUBLISHABLE_KEY = stripe_server.publishable_key
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_RETRIES = 0
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "subscription": (1000, 60, 1000)}
    begin(stripe_server)
    return stripe_server


@pytest.fixture(autouse=True)
def _sound(db: None) -> Iterator[None]:
    yield
    assert audit(now=timezone.now()).breaches == ()


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


@pytest.fixture
def api(user: User) -> Client:
    return Client(headers={"authorization": bearer(user)})


@pytest.fixture
def pack(db: None) -> CreditPack:
    values = {"name": "Hundred", "credits": 100, "price_idr": 10_000}
    return CreditPack.objects.update_or_create(slug="hundred", defaults=values)[0]
