"""Synchronisation of invoice rows with Stripe; the only module that writes them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from billing import events
from billing.customers import services as customers
from billing.mails import outbox
from billing.models import Invoice
from billing.stripe import fetch_sequence, gateway, money
from billing.stripe.types import RemoteInvoice, RemotePayment


def refresh(*, stripe_id: str, now: datetime) -> RemoteInvoice:
    """Fetch an invoice and store its current state.

    Invoices of unknown customers, and in other currencies than ours, are not stored. Raises the
    gateway's errors.
    """
    sequence = fetch_sequence.draw()
    remote = gateway.invoice(stripe_id)
    user_id = customers.user_of(remote.customer)
    # A draft has no number and may still change.
    final = remote.status != "draft" and remote.currency == money.CURRENCY
    if user_id is not None and final:
        _store(remote, user_id, sequence, now)
    return remote


def note_lost(remote: RemotePayment, *, sequence: int) -> None:
    """Keep what refunds and disputes have taken of the payment of an invoice, if it is of one.

    An older state that arrives later changes nothing.
    """
    rows = Invoice.objects.filter(payment_intent=remote.id, payment_sequence__lt=sequence)
    rows.update(amount_lost=Least(remote.lost, F("amount_paid")), payment_sequence=sequence)


@transaction.atomic
def _store(remote: RemoteInvoice, user_id: int, sequence: int, now: datetime) -> None:
    values = {"user_id": user_id, "sequence": sequence, **_values(remote)}
    row, created = Invoice.objects.select_for_update().get_or_create(
        stripe_id=remote.id, defaults=values
    )
    before = None if created else (row.status, row.attempts)
    if not created:
        if row.sequence >= sequence:
            return
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    _notify(row, remote, now)
    events.invoice_stored(row, before=before, now=now)


def _values(remote: RemoteInvoice) -> dict[str, Any]:
    return {
        "subscription": remote.subscription or "",
        "payment_intent": remote.payment_intent or "",
        "order_id": remote.order or "",
        "number": remote.number,
        "description": remote.description,
        "status": remote.status,
        "currency": remote.currency,
        "amount_due": remote.amount_due,
        "amount_paid": remote.amount_paid,
        "attempts": remote.attempts,
        "hosted_url": remote.hosted_url,
        "pdf_url": remote.pdf_url,
        "created_at": remote.created_at,
        "period_start": remote.period_start,
        "period_end": remote.period_end,
        "paid_at": remote.paid_at,
    }


def _notify(row: Invoice, remote: RemoteInvoice, now: datetime) -> None:
    if row.status == "paid" and row.amount_paid and not row.order_id:
        outbox.invoice_receipt(invoice=row, now=now)
    # At the first payment the customer is present and sees the failure on the page.
    if row.status == "open" and remote.attempted and remote.reason == "subscription_cycle":
        outbox.payment_failed(invoice=row, now=now)
