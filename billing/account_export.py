"""The billing part of an account's data export."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from billing import exports, queries
from billing.models import CreditOrder, Invoice, QuotaDay, Subscription
from billing.preferences import services as preferences
from billing.preferences.serializers import presented_preferences
from billing.queries import EntryFilter
from common.account_export import File, document, table
from common.users import UserRef


def files(*, user: UserRef) -> Iterable[File]:
    chosen = preferences.of_user(user_id=user.pk)
    yield document("billing-settings.json", presented_preferences(chosen))
    entries = queries.all_entries(user_id=user.pk, wanted=EntryFilter())
    yield File("ledger.csv", exports.csv_parts(entries))
    yield table("invoices.csv", _of(Invoice, user), _INVOICE)
    yield table("orders.csv", _of(CreditOrder, user), _ORDER)
    yield table("subscriptions.csv", _of(Subscription, user), _SUBSCRIPTION)
    yield table("quota.csv", _of(QuotaDay, user), _QUOTA)


def _of(model: type[Model], user: UserRef) -> QuerySet[Any]:
    return model._default_manager.filter(user_id=user.pk).order_by("pk")


_INVOICE = {
    "id": "public_id",
    "number": "number",
    "description": "description",
    "status": "status",
    "currency": "currency",
    "amountDueHundredths": "amount_due",
    "amountPaidHundredths": "amount_paid",
    "createdAt": "created_at",
    "paidAt": "paid_at",
}
_ORDER = {
    "id": "public_id",
    "pack": "pack_name",
    "credits": "credits",
    "amountIDR": "amount_idr",
    "createdAt": "created_at",
    "paidAt": "paid_at",
    "creditsReversed": "reversed",
}
_SUBSCRIPTION = {
    "id": "public_id",
    "plan": "plan",
    "status": "status",
    "monthlyPriceIDR": "monthly_price_idr",
    "subscribedAt": "subscribed_at",
    "periodEnd": "period_end",
    "endedAt": "ended_at",
}
_QUOTA = {"day": "day", "images": "used", "professionalImages": "professional_used"}
