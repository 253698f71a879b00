"""Reads of invoices, scoped to one user."""

from django.db.models import QuerySet

from billing.models import Invoice


def invoices(*, user_id: int) -> QuerySet[Invoice]:
    """The user's invoices, latest first."""
    return Invoice.objects.filter(user_id=user_id).order_by("-created_at", "-pk")
