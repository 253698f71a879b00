"""OpenAPI description of invoices."""

from drf_spectacular.utils import extend_schema

from billing.invoices.serializers import InvoicesSerializer
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.pagination import PageQuerySerializer

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

list_invoices = extend_schema(
    tags=["Billing"],
    summary="Invoices with their PDFs, latest first",
    description="Of subscriptions and of credit packs.",
    parameters=[PageQuerySerializer],
    responses={
        200: success("Invoices", InvoicesSerializer, example=_INVOICES),
        **errors(InvalidInput, Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited),
    },
)
