"""The answers to customers when Stripe cannot be reached, or its answer is lost."""

from typing import Any

import pytest
from django.test import Client

from tests.billing.stripe.flaky import dying_after, refusing_changes
from tests.billing.stripe.world import SUBSCRIPTION, subscribe
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


# A change of plan first reads the card, the subscription and the price.
LOOKS_FIRST = 3


def message_of(answer: Any) -> str:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    message: str = answer.json()["error"]["message"]
    return message


@pytest.mark.parametrize("retries", [0, 1])
def test_an_unsent_change_is_reported_as_not_made(api: Client, settings: Any, retries: int) -> None:
    settings.STRIPE_API_BASE, settings.STRIPE_RETRIES = "http://127.0.0.1:9", retries
    assert "nothing was changed" in message_of(subscribe(api))


def test_a_change_whose_answer_was_lost_may_have_happened(api: Client) -> None:
    assert subscribe(api, "starter").status_code == 201
    with dying_after(LOOKS_FIRST):
        said = message_of(subscribe(api))
    assert "not known yet" in said
    assert "nothing was changed" not in said
    assert subscribe(api).status_code in {200, 201}


def test_a_read_whose_answer_was_lost_changed_nothing(api: Client) -> None:
    assert subscribe(api, "starter").status_code == 201
    with dying_after(0):
        assert "nothing was changed" in message_of(subscribe(api))


def test_a_timeout_is_reported_as_an_unknown_outcome(
    api: Client, settings: Any, stripe: StripeServer
) -> None:
    assert subscribe(api, "starter").status_code == 201
    settings.STRIPE_TIMEOUT_S = 0.5
    stripe.fail(status=0, delay_s=3)
    said = message_of(api.delete(SUBSCRIPTION))
    settings.STRIPE_TIMEOUT_S = 10
    assert "nothing was changed" not in said
    assert api.delete(SUBSCRIPTION).status_code == 200


def test_a_request_that_stripe_still_processes_has_an_unknown_outcome(api: Client) -> None:
    with refusing_changes(409, "idempotency_key_in_use"):
        said = message_of(subscribe(api))
    assert "not known yet" in said
    assert subscribe(api).status_code == 201
