"""OpenAPI descriptions of prices, the balance and the ledger."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema

from billing.errors import BatchTooLarge
from billing.serializers import (
    CreditsSerializer,
    LedgerQuerySerializer,
    LedgerSerializer,
    PriceRequestSerializer,
    PriceSerializer,
)
from common.http.errors import InvalidInput, MissingRequiredField, RateLimited
from common.http.openapi import LOGIN_ERRORS, errors, success

_PRICE_REQUEST = {"imageCount": 100, "tier": "standard"}

_PRICE: dict[str, Any] = {
    **_PRICE_REQUEST,
    "baseCreditsPerImage": 8,
    "baseTotal": 800,
    "discountPercentage": 10,
    "discountAmount": 80,
    "finalTotal": 720,
    "creditsPerImageAfterDiscount": 7.2,
    "breakdown": {"costInIDR": 72000, "costInUSD": 4.8, "savingsIDR": 8000},
}

_CREDITS = {
    "available": 35,
    "held": 15,
    "owed": 0,
    "currency": "IDR",
    "pricePerCredit": 100,
    "creditsPerImage": {"basic": 3, "standard": 8, "professional": 15, "industry": 25},
}

_LEDGER = {
    "entries": [
        {
            "id": "txn_01jhmz7vw5k2y8n3q6r9t4x1ab",
            "kind": "capture",
            "creditsChange": 0,
            "heldChange": -15,
            "availableAfter": 35,
            "heldAfter": 0,
            "reference": "job_01jhmz7vw5k2y8n3q6r9t4x1aa",
            "reason": None,
            "createdAt": "2025-01-15T10:00:03Z",
        }
    ],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 3,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
    },
}

price = extend_schema(
    tags=["Pricing"],
    summary="What a batch costs",
    description=(
        "Volume discounts included. Needs no login. What a batch costs in the end, when some of "
        "its images fail or are cancelled: [how a price comes about](/docs/pricing.md)."
    ),
    auth=[],
    request=PriceRequestSerializer,
    examples=[OpenApiExample("100 images", value=_PRICE_REQUEST, request_only=True)],
    responses={
        200: success("Price", PriceSerializer, example=_PRICE),
        **errors(InvalidInput, MissingRequiredField, BatchTooLarge, RateLimited),
    },
)

credits = extend_schema(
    tags=["Billing"],
    summary="The balance, and what a credit is worth",
    description=(
        "`available` can be spent; `held` is set aside for images under way, and charged "
        "or given back when they end."
    ),
    responses={
        200: success("Credits", CreditsSerializer, example=_CREDITS),
        **errors(*LOGIN_ERRORS),
    },
)

ledger = extend_schema(
    tags=["Billing"],
    summary="Every movement of credits, latest first",
    description=(
        "Entries are never changed or removed; `available` is the sum of all `creditsChange`."
    ),
    parameters=[LedgerQuerySerializer],
    responses={
        (200, "application/json"): success("Ledger", LedgerSerializer, example=_LEDGER),
        (200, "text/csv"): OpenApiTypes.STR,
        **errors(InvalidInput, *LOGIN_ERRORS),
    },
)
