"""Gateway to the Stripe calls that this app uses; `client` sends them.

Every function raises `StripeUnavailable` (503) when there is no answer (`OutcomeUnknown` when a
change may have been carried out all the same), `StripeRefused` (400, `NoSuchObject` for an unknown
id) when Stripe refused, and `PaymentFailed` (402) when a card was declined. `key` is the
idempotency key of a call that changes something.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from billing.stripe import mappers
from billing.stripe.client import call, client, plain, translated
from billing.stripe.errors import NoSuchObject, StripeRefused
from billing.stripe.types import (
    RemoteCard,
    RemoteCheckout,
    RemoteCustomer,
    RemoteEvent,
    RemoteInvoice,
    RemotePayment,
    RemotePrice,
    RemoteSubscription,
)

_SUBSCRIPTION = ["latest_invoice", "latest_invoice.payments", "latest_invoice.confirmation_secret"]
_INVOICE = ["payments", "confirmation_secret"]


# --- customers and cards ---


def create_customer(*, email: str, user: str, key: str) -> RemoteCustomer:
    """Create a customer; `user` is our id, stored in its metadata."""
    return call(
        lambda api: api.customers.create(
            {"email": email, "metadata": {"user": user}}, {"idempotency_key": key}
        ),
        mappers.customer,
    )


def customer(customer_id: str) -> RemoteCustomer:
    """Fetch a customer; a deleted one is returned with `deleted` set."""
    return call(lambda api: api.customers.retrieve(customer_id), mappers.customer)


def card(card_id: str) -> RemoteCard:
    return call(lambda api: api.payment_methods.retrieve(card_id), mappers.card)


def attach_card(*, card_id: str, customer_id: str, key: str) -> RemoteCard:
    return call(
        lambda api: api.payment_methods.attach(
            card_id, {"customer": customer_id}, {"idempotency_key": key}
        ),
        mappers.card,
    )


def choose_card(*, card_id: str, customer_id: str, key: str) -> RemoteCustomer:
    """Make a card the default for the customer's invoices."""
    return call(
        lambda api: api.customers.update(
            customer_id,
            {"invoice_settings": {"default_payment_method": card_id}},
            {"idempotency_key": key},
        ),
        mappers.customer,
    )


def delete_customer(*, customer_id: str, key: str) -> str:
    """Delete a customer with all cards, and end its subscriptions; payments and invoices stay."""
    return call(
        lambda api: api.customers.delete(customer_id, None, {"idempotency_key": key}), _id_of
    )


# --- what is sold ---


def ensure_product(*, product_id: str, name: str, key: str) -> None:
    """Create the product unless it exists."""
    try:
        call(lambda api: api.products.retrieve(product_id), _id_of)
    except NoSuchObject:
        _create_product({"id": product_id, "name": name}, key)


def _create_product(wanted: dict[str, Any], key: str) -> None:
    try:
        call(lambda api: api.products.create(wanted, {"idempotency_key": key}), _id_of)
    except StripeRefused as refusal:
        # A concurrent call has created it.
        if refusal.reason != "resource_already_exists":
            raise


def price_by_key(lookup_key: str) -> RemotePrice | None:
    found = call(
        lambda api: api.prices.list({"lookup_keys": [lookup_key], "active": True, "limit": 1}),
        lambda data: [mappers.price(one) for one in data["data"]],
    )
    return found[0] if found else None


def create_price(
    *, product: str, lookup_key: str, unit_amount: int, currency: str, plan: str | None, key: str
) -> RemotePrice:
    """Create a price that takes over the lookup key; for a `plan` it is monthly and carries its
    name.
    """
    wanted: dict[str, Any] = {
        "product": product,
        "lookup_key": lookup_key,
        "transfer_lookup_key": True,
        "unit_amount": unit_amount,
        "currency": currency,
    }
    if plan:
        wanted |= {"recurring": {"interval": "month"}, "metadata": {"plan": plan}}
    return call(lambda api: api.prices.create(wanted, {"idempotency_key": key}), mappers.price)


# --- subscriptions ---


def create_subscription(
    *, customer_id: str, price_id: str, card_id: str, user: str, key: str
) -> RemoteSubscription:
    """Subscribe and charge at once; `incomplete` when the first payment did not go through."""
    return call(
        lambda api: api.subscriptions.create(
            {
                "customer": customer_id,
                "items": [{"price": price_id}],
                "default_payment_method": card_id,
                "payment_behavior": "allow_incomplete",
                "metadata": {"user": user},
                "expand": _SUBSCRIPTION,
            },
            {"idempotency_key": key},
        ),
        mappers.subscription,
    )


def subscription(subscription_id: str) -> RemoteSubscription:
    return call(
        lambda api: api.subscriptions.retrieve(subscription_id, {"expand": _SUBSCRIPTION}),
        mappers.subscription,
    )


def subscriptions_of(customer_id: str) -> list[RemoteSubscription]:
    """All of a customer's subscriptions, ended ones too; without their invoices."""
    return call(
        lambda api: api.subscriptions.list(
            {"customer": customer_id, "status": "all", "limit": 100}
        ),
        lambda data: [mappers.subscription(one) for one in data["data"]],
    )


def change_price(
    *, subscription_id: str, item: str, price_id: str, charge_now: bool, key: str
) -> RemoteSubscription:
    """Change the plan, with the rest of the month prorated.

    With `charge_now` the difference is invoiced at once and the change waits for its payment
    (`pending_update`); otherwise the change is made and the difference goes to the next invoice.
    """
    wanted: dict[str, Any] = {
        "items": [{"id": item, "price": price_id}],
        "proration_behavior": "always_invoice" if charge_now else "create_prorations",
    }
    if charge_now:
        wanted["payment_behavior"] = "pending_if_incomplete"
    return _update(subscription_id, wanted, key)


def cancel_at_period_end(*, subscription_id: str, key: str) -> RemoteSubscription:
    return _update(subscription_id, {"cancel_at_period_end": True}, key)


def resume(found: RemoteSubscription, *, key: str) -> RemoteSubscription:
    """Undo a cancellation. Stripe requires the same parameter that made it: the flag or the
    date.
    """
    wanted: dict[str, Any] = {"cancel_at_period_end": False}
    return _update(found.id, {"cancel_at": ""} if found.ends_on_date else wanted, key)


def set_subscription_card(*, subscription_id: str, card_id: str, key: str) -> RemoteSubscription:
    return _update(subscription_id, {"default_payment_method": card_id}, key)


def end_subscription(*, subscription_id: str, key: str) -> RemoteSubscription:
    """Cancel at once, without a refund."""
    return call(
        lambda api: api.subscriptions.cancel(
            subscription_id, {"expand": _SUBSCRIPTION}, {"idempotency_key": key}
        ),
        mappers.subscription,
    )


def _update(subscription_id: str, wanted: dict[str, Any], key: str) -> RemoteSubscription:
    return call(
        lambda api: api.subscriptions.update(
            subscription_id, {**wanted, "expand": _SUBSCRIPTION}, {"idempotency_key": key}
        ),
        mappers.subscription,
    )


# --- invoices and payments ---


def invoice(invoice_id: str) -> RemoteInvoice:
    return call(
        lambda api: api.invoices.retrieve(invoice_id, {"expand": _INVOICE}), mappers.invoice
    )


def payable_invoices(subscription_id: str) -> list[RemoteInvoice]:
    """A subscription's invoices that can still be paid, uncollectible ones included; without
    payments.
    """
    return call(
        lambda api: api.invoices.list({"subscription": subscription_id, "limit": 100}),
        lambda data: [one for one in map(mappers.invoice, data["data"]) if one.is_payable],
    )


def pay_invoice(*, invoice_id: str, card_id: str | None, key: str) -> RemoteInvoice:
    """Charge an open invoice, by the given card or by the one it would be charged to anyway."""
    # The customer is present and can confirm the payment.
    wanted: dict[str, Any] = {"expand": _INVOICE, "off_session": False}
    if card_id:
        wanted["payment_method"] = card_id
    return call(
        lambda api: api.invoices.pay(invoice_id, wanted, {"idempotency_key": key}),
        mappers.invoice,
    )


def void_invoice(*, invoice_id: str, key: str) -> RemoteInvoice:
    """Void an invoice; a plan change that waits for its payment is dropped."""
    return call(
        lambda api: api.invoices.void_invoice(
            invoice_id, {"expand": _INVOICE}, {"idempotency_key": key}
        ),
        mappers.invoice,
    )


def payment(payment_id: str) -> RemotePayment:
    """Fetch a payment with its refunds and disputes."""
    api = client().v1
    with translated():
        found = plain(api.payment_intents.retrieve(payment_id))
        refunds = api.refunds.list({"payment_intent": payment_id, "limit": 100})
        disputes = api.disputes.list({"payment_intent": payment_id, "limit": 100})
        return mappers.payment(
            found,
            [plain(one) for one in refunds.auto_paging_iter()],
            [plain(one) for one in disputes.auto_paging_iter()],
        )


def payment_of_charge(charge_id: str) -> str | None:
    """The payment intent that a charge belongs to."""
    return call(lambda api: api.charges.retrieve(charge_id), mappers.payment_intent)


def payment_of_refund(refund_id: str) -> str | None:
    """The payment intent that a refund takes from."""
    return call(lambda api: api.refunds.retrieve(refund_id), mappers.payment_intent)


def payment_of_dispute(dispute_id: str) -> str | None:
    """The payment intent that a dispute is about."""
    return call(lambda api: api.disputes.retrieve(dispute_id), mappers.payment_intent)


# --- hosted pages ---


def create_checkout(
    *,
    customer_id: str,
    price_id: str,
    order: str,
    success_url: str,
    cancel_url: str,
    key: str,
) -> RemoteCheckout:
    """Create a page that takes one payment; its objects carry `order` in their metadata."""
    marks = {"order": order}
    return call(
        lambda api: api.checkout.sessions.create(
            {
                "mode": "payment",
                "customer": customer_id,
                "line_items": [{"price": price_id, "quantity": 1}],
                "client_reference_id": order,
                "metadata": marks,
                "payment_intent_data": {"metadata": marks},
                "invoice_creation": {"enabled": True, "invoice_data": {"metadata": marks}},
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            {"idempotency_key": key},
        ),
        mappers.checkout,
    )


def create_subscription_page(
    *, customer_id: str, price_id: str, user: str, success_url: str, cancel_url: str, key: str
) -> RemoteCheckout:
    """Create a page on which the customer subscribes, with any confirmation by the bank."""
    marks = {"user": user}
    return call(
        lambda api: api.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer_id,
                "line_items": [{"price": price_id, "quantity": 1}],
                "metadata": marks,
                "subscription_data": {"metadata": marks},
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            {"idempotency_key": key},
        ),
        mappers.checkout,
    )


def checkout(session_id: str) -> RemoteCheckout:
    return call(lambda api: api.checkout.sessions.retrieve(session_id), mappers.checkout)


def expire_checkout(*, session_id: str, key: str) -> RemoteCheckout:
    """Expire a page that is not paid; raises `StripeRefused` when it is not open."""
    return call(
        lambda api: api.checkout.sessions.expire(session_id, None, {"idempotency_key": key}),
        mappers.checkout,
    )


def portal_url(*, customer_id: str, return_url: str) -> str:
    """A link to the page on which the customer manages cards and invoices; it is valid for
    minutes.
    """
    return call(
        lambda api: api.billing_portal.sessions.create(
            {"customer": customer_id, "return_url": return_url}
        ),
        lambda data: str(data["url"]),
    )


# --- events ---


def events_since(moment: datetime) -> Iterator[RemoteEvent]:
    """Every event since `moment`, latest first; Stripe keeps them for 30 days."""
    api = client().v1
    with translated():
        found = api.events.list({"created": {"gte": int(moment.timestamp())}, "limit": 100})
        for one in found.auto_paging_iter():
            yield mappers.event(plain(one))


def _id_of(data: Mapping[str, Any]) -> str:
    return str(data["id"])
