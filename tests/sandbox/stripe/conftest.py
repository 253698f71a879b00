"""A client of the real package, and fixtures that most tests share."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from stripe import Customer, Price, StripeClient, Subscription
from stripe._v1_services import V1Services

from tests.stripe_server import StripeServer, stripe_server

__all__ = ["stripe_server"]
START = 1_700_000_000
DAY = 86_400
MakeCustomer = Callable[..., Customer]


@pytest.fixture(scope="session")
def client(stripe_server: StripeServer) -> StripeClient:
    return stripe_server.client()


@pytest.fixture(scope="session")
def api(client: StripeClient) -> V1Services:
    return client.v1


@pytest.fixture(scope="session")
def prices(api: V1Services) -> dict[str, Price]:
    """Two monthly prices of one product each, and a one-time price."""
    made = {}
    for name, amount in (("starter", 9_900_000), ("pro", 29_900_000), ("pack", 5_000_000)):
        product = api.products.create({"name": name})
        params: Any = {"product": product.id, "currency": "idr", "unit_amount": amount}
        if name != "pack":
            params["recurring"] = {"interval": "month"}
        made[name] = api.prices.create(params)
    return made


def _customer(api: V1Services, card: str | None = "pm_card_visa", clock: str = "") -> Customer:
    params: Any = {"email": "ada@example.com"}
    if card:
        params |= {
            "payment_method": card,
            "invoice_settings": {"default_payment_method": card},
        }
    return api.customers.create({**params, **({"test_clock": clock} if clock else {})})


@pytest.fixture
def customer(api: V1Services) -> MakeCustomer:
    """A factory of customers whose default card is the given one."""
    return functools.partial(_customer, api)


@pytest.fixture
def clock(api: V1Services) -> Iterator[str]:
    made = api.test_helpers.test_clocks.create({"frozen_time": START})
    yield made.id
    api.test_helpers.test_clocks.delete(made.id)


@pytest.fixture
def renewing(
    api: V1Services, customer: MakeCustomer, clock: str, prices: dict[str, Price]
) -> Subscription:
    """A starter subscription on the test clock `clock`."""
    owner = customer(clock=clock)
    return api.subscriptions.create(
        {"customer": owner.id, "items": [{"price": prices["starter"].id}]}
    )
