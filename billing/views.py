"""Endpoints of prices, the balance and the ledger."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from billing import exports, ledger, openapi, presenters, queries, services
from billing.debts import services as debts
from billing.serializers import LedgerQuerySerializer, PriceRequestSerializer
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.pagination import paginate
from common.http.permissions import require_scope
from common.http.views import ApiView


@openapi.price
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

    @openapi.credits
    def get(self, request: Request) -> Response:
        user_id = _user_id(request)
        owed = debts.owed(user_id=user_id)
        return ok(presenters.credits(ledger.balance(user_id=user_id), owed=owed))


class LedgerView(ApiView):
    """`GET /billing/ledger`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @openapi.ledger
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
