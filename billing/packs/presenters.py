"""Presenters of packs, orders and cards."""

from typing import Any

from billing.models import CreditOrder, CreditPack
from billing.pricing import CURRENCY
from billing.stripe.types import RemoteCard


def pack(pack: CreditPack) -> dict[str, Any]:
    return {
        "id": pack.slug,
        "name": pack.name,
        "credits": pack.credits,
        "price": pack.price_idr,
        "currency": CURRENCY,
    }


def order(order: CreditOrder) -> dict[str, Any]:
    return {
        "orderId": order.public_id,
        "checkoutUrl": order.checkout_url,
        "credits": order.credits,
        "amount": order.amount_idr,
        "currency": CURRENCY,
    }


def card(card: RemoteCard | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "id": card.id,
        "type": card.kind,
        "brand": card.brand or None,
        "last4": card.last4 or None,
        "expMonth": card.exp_month,
        "expYear": card.exp_year,
    }
