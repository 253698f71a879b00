"""Handling of an invoice that was not paid at once: confirmation by the customer, or undoing."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from django.conf import settings

from billing.stripe import gateway
from billing.stripe.errors import PaymentActionRequired, PaymentFailed, StripeRefused
from billing.stripe.idempotent_calls import Intent
from billing.stripe.types import RemoteInvoice

logger = logging.getLogger(__name__)

_CONFIRM = "requires_action"


def demand(invoice: RemoteInvoice | None, *, intent: Intent) -> None:
    """Raise the error that explains why an invoice is open.

    It is `PaymentActionRequired` with the client secret, while the invoice stays open for the
    confirmation; otherwise the invoice is made unpayable and the error is `PaymentFailed` with the
    bank's reason.
    """
    if invoice is None or invoice.payment_intent is None:
        raise PaymentFailed()
    payment = gateway.payment(invoice.payment_intent)
    if payment.status == _CONFIRM:
        raise confirmation(invoice)
    drop(invoice.id, intent=intent)
    raise PaymentFailed(
        payment.error_message, reason=payment.error_code, decline_code=payment.decline_code
    )


def confirmation(invoice: RemoteInvoice) -> PaymentActionRequired:
    """The error that carries what Stripe.js needs to have the payment confirmed."""
    secret = invoice.client_secret
    if secret is None and invoice.payment_intent:
        secret = gateway.payment(invoice.payment_intent).client_secret
    return PaymentActionRequired(
        client_secret=secret,
        publishableKey=settings.STRIPE_PUBLISHABLE_KEY or None,
        paymentIntentId=invoice.payment_intent,
        invoiceUrl=invoice.hosted_url,
    )


def close(payable: Iterable[RemoteInvoice], *, key_for: Callable[[str], str]) -> bool:
    """Void the open invoices of a subscription, so that nobody pays for one that has ended.

    `payable` is fetched before the subscription is: a payment at any moment then either shows in
    the subscription's state or prevents the voiding. `key_for` makes the idempotency key of a step.
    Returns False when an invoice was paid meanwhile. Raises `StripeRefused` for one that is neither
    paid nor can be voided.
    """
    paid = [invoice for invoice in payable if not _close(invoice.id, key_for)]
    return not paid


def close_rest(subscription_id: str, *, key: str) -> None:
    """Void the invoices that Stripe has left open for a subscription that it ended.

    A failure does not change the end of the subscription; it is logged for an operator.
    """
    try:
        payable = gateway.payable_invoices(subscription_id)
        close(payable, key_for=lambda step: f"{key}-{step}")
    except StripeRefused:
        logger.exception("%s has ended, but one of its invoices can still be paid", subscription_id)


def drop(invoice_id: str, *, intent: Intent) -> None:
    """Void an open invoice; one that was paid meanwhile stays paid."""
    with suppress(StripeRefused):
        gateway.void_invoice(invoice_id=invoice_id, key=intent.key_for(f"void-{invoice_id}"))


def _close(invoice_id: str, key_for: Callable[[str], str]) -> bool:
    try:
        gateway.void_invoice(invoice_id=invoice_id, key=key_for(f"void-{invoice_id}"))
    except StripeRefused:
        invoice = gateway.invoice(invoice_id)
        if invoice.is_payable:
            raise
        return invoice.status != "paid"
    return True
