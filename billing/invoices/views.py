"""`GET /billing/invoices`"""

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.response import Response

from billing.invoices import openapi, queries
from billing.models import Invoice
from billing.stripe import money
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import timestamp
from common.http.pagination import PageQuerySerializer, paginate
from common.http.permissions import require_scope
from common.http.views import ApiView


class InvoicesView(ApiView):
    """`GET /billing/invoices`"""

    permission_classes = [require_scope(Scope.BILLING_READ)]

    @openapi.list_invoices
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
