"""Subscriptions: start, changes and renewals.

Their endpoints are in `subscription_endpoints`, their end states in `states`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.stripe import (
    collecting,
    intents,
    invoices,
    lines,
    payment_methods,
    setup_intents,
)
from sandbox.stripe import subscription_items as rows
from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.lines import Item
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

INCOMPLETE_LIVES = 23 * 3600


@dataclass(frozen=True)
class Start:
    """The parameters of a new subscription: prices with quantities, and the way of payment."""

    customer: Object
    prices: Sequence[tuple[Object, int]]
    behavior: str = "allow_incomplete"
    method: Object | None = None
    save_method: str = "off"
    metadata: dict[str, str] | None = None
    description: str | None = None
    cancel_at_period_end: bool = False
    off_session: bool = False


def start(world: World, order: Start) -> Object:
    """Start a subscription. Emits `customer.subscription.created` and the events of its first
    invoice.

    Raises `ApiError`: no payment method, or (402, `error_if_incomplete`) not paid.
    """
    _check(world, order)
    subscription = _create(world, order)
    world.emit("customer.subscription.created", subscription)
    bill(world, subscription, rows.items(world, subscription), reason="subscription_create")
    pay_latest(world, subscription, behavior=order.behavior, off_session=order.off_session)
    _ask_for_setup(world, subscription, order)
    return subscription


def bill(
    world: World,
    subscription: Object,
    items: Sequence[Item],
    *,
    reason: str,
    start: int | None = None,
) -> Object:
    """A draft for a period of `items`, the current one or the one from `start`, and for all pending
    invoice items.
    """
    customer = world.get("customer", subscription["customer"])
    period = rows.period_from(items, start) if start else rows.period_of(world, subscription)
    waiting = lines.waiting(world, customer, subscription)
    invoice = invoices.create(
        world,
        invoices.Draft(
            customer=customer,
            currency=subscription["currency"],
            lines=[
                *(lines.from_invoice_item(world, one) for one in waiting),
                *(lines.for_period(world, item, period) for item in items),
            ],
            reason=reason,
            subscription=subscription,
        ),
    )
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def pay_latest(
    world: World, subscription: Object, *, behavior: str, off_session: bool = False
) -> None:
    """Finalize the latest invoice and pay it, unless the client is to do that.

    Raises `ApiError` (402) for `error_if_incomplete` when it was not paid.
    """
    invoice = world.get("invoice", subscription["latest_invoice"])
    collecting.open_for_payment(world, invoice)
    if invoice["status"] == "paid" or behavior == "default_incomplete":
        return
    intent = collecting.collect(world, invoice, off_session=off_session)
    if behavior == "error_if_incomplete" and invoice["status"] != "paid":
        raise _not_paid(world, intent)


def _check(world: World, order: Start) -> None:
    for price, _ in order.prices:
        if price["type"] != "recurring":
            raise invalid(
                "The price specified is set to `type=one_time` but this field only accepts prices "
                "with `type=recurring`.",
                param="items[0][price]",
            )
    rhythms = {
        (p["recurring"]["interval"], p["recurring"]["interval_count"]) for p, _ in order.prices
    }
    if len(rhythms) > 1 or len({price["currency"] for price, _ in order.prices}) > 1:
        raise invalid("All prices of a subscription need the same currency and interval.")
    method = order.method or payment_methods.default_of(world, order.customer)
    if method is None and order.behavior != "default_incomplete":
        raise invalid(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.",
            code="resource_missing",
        )


def _create(world: World, order: Start) -> Object:
    clock = clock_of(world, order.customer)
    now = world.now(clock)
    subscription = world.new(
        "sub_",
        "subscription",
        clock=clock,
        application=None,
        application_fee_percent=None,
        automatic_tax={"disabled_reason": None, "enabled": False, "liability": None},
        billing_cycle_anchor=now,
        billing_cycle_anchor_config=None,
        billing_mode={"flexible": None, "type": "classic"},
        billing_schedules=[],
        billing_thresholds=None,
        cancel_at=None,
        cancel_at_period_end=order.cancel_at_period_end,
        canceled_at=now if order.cancel_at_period_end else None,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method="charge_automatically",
        currency=order.prices[0][0]["currency"],
        customer=order.customer["id"],
        customer_account=None,
        days_until_due=None,
        default_payment_method=order.method["id"] if order.method else None,
        default_source=None,
        default_tax_rates=[],
        description=order.description,
        discounts=[],
        ended_at=None,
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        latest_invoice=None,
        metadata=dict(order.metadata or {}),
        next_pending_invoice_item_invoice=None,
        on_behalf_of=None,
        pause_collection=None,
        payment_settings={
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": order.save_method,
        },
        pending_invoice_item_interval=None,
        pending_setup_intent=None,
        pending_update=None,
        schedule=None,
        start_date=now,
        status="incomplete",
        test_clock=clock,
        transfer_data=None,
        trial_end=None,
        trial_settings={"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=None,
    )
    for price, quantity in order.prices:
        rows.add(world, subscription, price, quantity)
    rows.enter_period(world, subscription, now)
    if subscription["cancel_at_period_end"]:
        subscription["cancel_at"] = rows.period_of(world, subscription)[1]
    return subscription


def _ask_for_setup(world: World, subscription: Object, order: Start) -> None:
    """Create a setup intent to save the card with, because a first invoice of zero has no
    payment.
    """
    paid_nothing = world.get("invoice", subscription["latest_invoice"])["amount_due"] == 0
    if paid_nothing and not (order.method or payment_methods.default_of(world, order.customer)):
        intent = setup_intents.create_for(world, order.customer["id"])
        subscription["pending_setup_intent"] = intent["id"]


def _not_paid(world: World, intent: Object | None) -> ApiError:
    if intent and intent["status"] == "requires_payment_method":
        refusal = intents.refusal(world, intent)
        return ApiError(
            402,
            refusal.type,
            refusal.message,
            code=refusal.code,
            decline_code=refusal.decline_code,
        )
    return ApiError(
        402,
        "card_error",
        "Payment for this subscription requires additional user action before it can be completed "
        "successfully. Use payment_behavior 'default_incomplete' or 'allow_incomplete' to let the "
        "customer complete it.",
        code="subscription_payment_intent_requires_action",
    )
