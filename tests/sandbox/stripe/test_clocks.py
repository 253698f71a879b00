"""Scheduled changes on a test clock."""

import pytest
import stripe
from stripe import Price, Subscription
from stripe._v1_services import V1Services

from sandbox.stripe import periods
from tests.stripe_server import StripeServer

from .conftest import DAY, START, MakeCustomer

HOUR = 3600


def _events(api: V1Services, subscription: Subscription) -> list[str]:
    """The types of a customer's events, oldest first; invoices and subscription only."""
    found = [
        event
        for event in api.events.list({"limit": 100}).auto_paging_iter()
        if getattr(event.data.object, "customer", None) == subscription.customer
        and event.type.startswith(("invoice.", "customer.subscription."))
    ]
    return [event.type for event in reversed(found)]


def _break_card(api: V1Services, subscription: Subscription) -> None:
    method = api.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": str(subscription.customer)}
    )
    api.subscriptions.update(subscription.id, {"default_payment_method": method.id})


def _end(subscription: Subscription) -> int:
    return int(subscription["items"].data[0].current_period_end)


def test_a_month_later_it_renews_an_hour_after_the_draft(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    stripe_server.advance(clock, _end(renewing) + 1)
    draft = api.invoices.list({"subscription": renewing.id}).data[0]
    assert (draft.status, draft.billing_reason) == ("draft", "subscription_cycle")
    stripe_server.advance(clock, _end(renewing) + HOUR)
    assert api.invoices.retrieve(draft.id).status == "paid"
    renewed = api.subscriptions.retrieve(renewing.id)
    assert renewed["items"].data[0].current_period_start == _end(renewing)


def test_events_come_in_the_order_of_the_changes(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    stripe_server.advance(clock, _end(renewing) + DAY)
    assert _events(api, renewing) == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "invoice.created",
        "customer.subscription.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


def test_an_update_has_the_previous_values(api: V1Services, renewing: Subscription) -> None:
    api.subscriptions.update(renewing.id, {"cancel_at_period_end": True})
    event = api.events.list({"type": "customer.subscription.updated"}).data[0]
    previous = event.data.previous_attributes
    assert previous is not None
    assert previous.to_dict() == {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"reason": None},
    }


def test_a_year_passes_in_order(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    stripe_server.advance(clock, START + 366 * DAY)
    invoices = list(api.invoices.list({"subscription": renewing.id}).auto_paging_iter())
    assert len(invoices) == 13
    created = [one.created for one in reversed(invoices)]
    assert created == sorted(set(created))


def test_a_failed_renewal_is_past_due_then_paid_by_another_card(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    _break_card(api, renewing)
    stripe_server.advance(clock, _end(renewing) + 2 * HOUR)
    overdue = api.subscriptions.retrieve(renewing.id)
    assert overdue.status == "past_due"
    invoice = api.invoices.retrieve(str(overdue.latest_invoice))
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    assert invoice.next_payment_attempt == _end(renewing) + HOUR + 3 * DAY
    api.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    assert api.subscriptions.retrieve(renewing.id).status == "active"


def test_a_retry_uses_the_current_default_card(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    _break_card(api, renewing)
    stripe_server.advance(clock, _end(renewing) + 2 * HOUR)
    api.subscriptions.update(renewing.id, {"default_payment_method": ""})
    stripe_server.advance(clock, _end(renewing) + 4 * DAY)
    assert api.subscriptions.retrieve(renewing.id).status == "active"


def test_after_the_last_retry_it_ends(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    _break_card(api, renewing)
    stripe_server.advance(clock, _end(renewing) + 17 * DAY)
    ended = api.subscriptions.retrieve(renewing.id, {"expand": ["latest_invoice"]})
    assert ended.status == "canceled"
    assert ended["cancellation_details"]["reason"] == "payment_failed"
    assert _events(api, renewing).count("invoice.payment_failed") == 4


def test_an_unpaid_first_payment_expires(
    stripe_server: StripeServer,
    api: V1Services,
    customer: MakeCustomer,
    clock: str,
    prices: dict[str, Price],
) -> None:
    made = api.subscriptions.create(
        {
            "customer": customer(None, clock=clock).id,
            "items": [{"price": prices["pro"].id}],
            "payment_behavior": "default_incomplete",
        }
    )
    stripe_server.advance(clock, START + 23 * HOUR)
    assert api.subscriptions.retrieve(made.id).status == "incomplete_expired"
    assert api.invoices.retrieve(str(made.latest_invoice)).status == "void"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (1_706_659_200, 1_709_164_800),  # 31 January 2024 → 29 February
        (1_675_123_200, 1_677_542_400),  # 31 January 2023 → 28 February
    ],
)
def test_a_month_ends_on_its_last_day(start: int, end: int) -> None:
    assert periods.add(start, "month", 1) == end
    # The anchor's day is kept, because March has a 31st.
    assert periods.end_after(start, end, "month", 1) == end + 31 * DAY


def test_advancing_answers_before_it_is_done(
    stripe_server: StripeServer, api: V1Services, clock: str
) -> None:
    clocks = api.test_helpers.test_clocks
    moved = clocks.advance(clock, {"frozen_time": START + DAY})
    assert moved.status == "advancing"
    while clocks.retrieve(clock).status == "advancing":
        pass
    assert clocks.retrieve(clock).frozen_time == START + DAY


def test_a_clock_does_not_go_back(api: V1Services, clock: str) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.test_helpers.test_clocks.advance(clock, {"frozen_time": START})
