"""Endpoints of prices, the balance and the ledger."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from billing import exports, ledger, presenters, queries, services
from billing.debts import services as debts
from billing.errors import BatchTooLarge
from billing.serializers import (
    CreditsSerializer,
    LedgerQuerySerializer,
    LedgerSerializer,
    PriceRequestSerializer,
    PriceSerializer,
)
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.pagination import paginate
from common.http.permissions import require_scope
from common.http.views import ApiView

_LOGIN_ERRORS = (Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited)
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


@extend_schema(
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
class PricingView(ApiView):
    """`POST /pricing/calculate`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    def post(self, request: Request) -> Response:
        wanted = self.body(PriceRequestSerializer)
        quote = services.quote_batch(image_count=wanted["imageCount"], tier=wanted["tier"])
        return ok(presenters.price(quote))


@require_safe
def pricing_page(request: HttpRequest) -> HttpResponse:
    """`GET /docs/pricing.md`: the page that the API's documentation links to, as text."""
    page = settings.ROOT / "docs" / "pricing.md"
    return HttpResponse(page.read_bytes(), content_type="text/plain; charset=utf-8")


class BackgroundRemoverPricingView(PricingView):
    """`POST /background-remover/pricing/calculate`"""


class CreditsView(ApiView):
    """`GET /billing/credits`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @extend_schema(
        tags=["Billing"],
        summary="The balance, and what a credit is worth",
        description=(
            "`available` can be spent; `held` is set aside for images under way, and charged "
            "or given back when they end."
        ),
        responses={
            200: success("Credits", CreditsSerializer, example=_CREDITS),
            **errors(*_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        user_id = _user_id(request)
        owed = debts.owed(user_id=user_id)
        return ok(presenters.credits(ledger.balance(user_id=user_id), owed=owed))


class LedgerView(ApiView):
    """`GET /billing/ledger`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @extend_schema(
        tags=["Billing"],
        summary="Every movement of credits, latest first",
        description=(
            "Entries are never changed or removed; `available` is the sum of all `creditsChange`."
        ),
        parameters=[LedgerQuerySerializer],
        responses={
            (200, "application/json"): success("Ledger", LedgerSerializer, example=_LEDGER),
            (200, "text/csv"): OpenApiTypes.STR,
            **errors(InvalidInput, *_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = self.query(LedgerQuerySerializer)
        wanted = queries.EntryFilter(
            kind=query.get("kind"), start=query.get("startDate"), end=query.get("endDate")
        )
        if query["format"] == "csv":
            chunks = queries.all_entries(user_id=_user_id(request), wanted=wanted)
            return exports.csv_response(request._request, chunks)
        found = queries.entries(user_id=_user_id(request), wanted=wanted)
        page = paginate(found, page=query["page"], limit=query["limit"])
        entries_json = [presenters.entry(entry) for entry in page.items]
        return ok({"entries": entries_json, "pagination": page.pagination})


def _user_id(request: Request) -> int:
    """The id of the user; the permission classes admit only requests with one."""
    return cast("int", request.user.pk)
