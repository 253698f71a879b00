"""Presenters of billing's values."""

from typing import Any

from billing.ledger import Balance
from billing.models import Entry
from billing.pricing import CREDITS_PER_IMAGE, CURRENCY, IDR_PER_CREDIT, Quote
from common.http.errors import timestamp


def price(quote: Quote) -> dict[str, Any]:
    return {
        "imageCount": quote.image_count,
        "tier": quote.tier,
        "baseCreditsPerImage": quote.base_per_image,
        "baseTotal": quote.base_total,
        "discountPercentage": quote.discount_percentage,
        "discountAmount": quote.discount_amount,
        "finalTotal": quote.final_total,
        "creditsPerImageAfterDiscount": float(quote.per_image_after_discount),
        "breakdown": {
            "costInIDR": quote.cost_idr,
            "costInUSD": float(quote.cost_usd),
            "savingsIDR": quote.savings_idr,
        },
    }


def credits(balance: Balance, *, owed: int) -> dict[str, Any]:
    return {
        "available": balance.available,
        "held": balance.held,
        "owed": owed,
        "currency": CURRENCY,
        "pricePerCredit": IDR_PER_CREDIT,
        "creditsPerImage": CREDITS_PER_IMAGE,
    }


def entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.public_id,
        "kind": entry.kind,
        "creditsChange": entry.delta_available,
        "heldChange": entry.delta_held,
        "availableAfter": entry.available_after,
        "heldAfter": entry.held_after,
        "reference": entry.reference or None,
        "reason": entry.reason or None,
        "createdAt": timestamp(entry.created_at),
    }
