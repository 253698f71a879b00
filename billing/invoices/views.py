"""`GET /billing/invoices`"""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.invoices import queries
from billing.models import Invoice
from billing.stripe import money
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    RateLimited,
    TokenExpired,
    Unauthorized,
    timestamp,
)
from common.http.openapi import errors, success
from common.http.pagination import PageQuerySerializer, PaginationSerializer, paginate
from common.http.permissions import require_scope
from common.http.views import ApiView


class InvoiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    currency = serializers.CharField()
    amountDue = serializers.IntegerField(help_text="In whole rupiah.")
    amountPaid = serializers.IntegerField()
    orderId = serializers.CharField(allow_null=True)
    pdfUrl = serializers.CharField(allow_null=True)
    hostedUrl = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()
    paidAt = serializers.DateTimeField(allow_null=True)
    periodStart = serializers.DateTimeField()
    periodEnd = serializers.DateTimeField()


class InvoicesSerializer(serializers.Serializer[Any]):
    invoices = InvoiceSerializer(many=True)
    pagination = PaginationSerializer()


_INVOICES = {
    "invoices": [
        {
            "id": "inv_01jhmz7vw5k2y8n3q6r9t4x1ab",
            "number": "A1B2C3D4-0001",
            "description": "1 × Lumiku Pro (at Rp 299,000 / month)",
            "status": "paid",
            "currency": "IDR",
            "amountDue": 299000,
            "amountPaid": 299000,
            "orderId": None,
            "pdfUrl": "https://pay.stripe.com/invoice/acct_1/live_1/pdf",
            "hostedUrl": "https://invoice.stripe.com/i/acct_1/live_1",
            "createdAt": "2025-01-15T00:00:00Z",
            "paidAt": "2025-01-15T00:00:02Z",
            "periodStart": "2025-01-15T00:00:00Z",
            "periodEnd": "2025-02-15T00:00:00Z",
        }
    ],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 1,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
    },
}


class InvoicesView(ApiView):
    """`GET /billing/invoices`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @extend_schema(
        tags=["Billing"],
        summary="Invoices with their PDFs, latest first",
        description="Of subscriptions and of credit packs.",
        parameters=[PageQuerySerializer],
        responses={
            200: success("Invoices", InvoicesSerializer, example=_INVOICES),
            **errors(
                InvalidInput, Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited
            ),
        },
    )
    def get(self, request: Request) -> Response:
        query = self.query(PageQuerySerializer)
        found = queries.invoices(user_id=cast("int", request.user.pk))
        page = paginate(found, page=query["page"], limit=query["limit"])
        return ok({"invoices": [_shown(row) for row in page.items], "pagination": page.pagination})


def _shown(row: Invoice) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "number": row.number or None,
        "description": row.description or None,
        "status": row.status,
        "currency": row.currency.upper(),
        "amountDue": money.to_rupiah(row.amount_due),
        "amountPaid": money.to_rupiah(row.amount_paid),
        "orderId": row.order_id or None,
        "pdfUrl": row.pdf_url or None,
        "hostedUrl": row.hosted_url or None,
        "createdAt": timestamp(row.created_at),
        "paidAt": timestamp(row.paid_at) if row.paid_at else None,
        "periodStart": timestamp(row.period_start),
        "periodEnd": timestamp(row.period_end),
    }
