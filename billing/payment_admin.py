"""Admin pages of payments. Operators edit only packs; the other rows are copies of Stripe's
objects.
"""

import json
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import (
    CreditOrder,
    CreditPack,
    Customer,
    Debt,
    Invoice,
    QuotaDay,
    StripeEvent,
    Subscription,
)
from billing.stripe import money
from billing.subscriptions import queries, services, sync
from billing.subscriptions.errors import NoSubscription
from billing.webhooks import processor
from common.operators.display import person, price, rupiah, status
from common.operators.filters import by_date, by_value
from common.operators.pages import OperatorAdmin, ReadOnlyAdmin, WholeRowAdmin
from common.operators.search import Finder
from common.users import UserRef


@admin.register(CreditPack)
class CreditPackAdmin(OperatorAdmin):
    list_display = ["name", "slug", "credits", "shown_price", "active", "position"]
    shown_price = price("price_idr", "Price")
    list_editable = ["active", "position"]
    list_filter = ["active"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(CreditOrder)
class CreditOrderAdmin(ReadOnlyAdmin):
    owner = person()
    shown_price = price("amount_idr", "Price")
    list_display = [
        "public_id",
        "owner",
        "pack_name",
        "credits",
        "shown_price",
        "paid_at",
        "reversed",
        "created_at",
    ]
    list_select_related = ["user"]
    list_filter = [by_date()]
    finder = Finder(
        ids={"order_": "public_id"},
        exact={"pi_": "payment_intent", "cs_": "checkout_session"},
        owner="user",
    )
    ordering = ["-pk"]


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    owner = person()
    shown_status = status()
    shown_price = price("monthly_price_idr", "Monthly price")
    list_display = [
        "public_id",
        "owner",
        "plan",
        "shown_status",
        "shown_price",
        "period_end",
        "cancel_at_period_end",
        "grace_until",
    ]
    list_select_related = ["user"]
    list_filter = ["status", "plan", "cancel_at_period_end"]
    # Both identifiers of a subscription begin with `sub_`.
    finder = Finder(owner="user", plain=["public_id", "stripe_id"])
    ordering = ["-pk"]
    actions = ["fetch", "cancel"]
    page_actions = ["fetch", "cancel"]

    @admin.action(description="Fetch from Stripe", permissions=["operate"])
    def fetch(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        self.act_on_each(
            request,
            "subscription.fetch",
            rows,
            lambda row: sync.refresh(stripe_id=row.stripe_id, now=timezone.now()),
            apart=True,
        )

    @admin.action(
        description="Cancel at the end of the month that is paid", permissions=["operate"]
    )
    def cancel(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        chosen = rows.select_related("user")
        self.act_on_each(request, "subscription.cancel", chosen, _cancel, apart=True)


def _cancel(row: Subscription) -> None:
    """Cancel the user's current subscription; one that has ended cannot be cancelled."""
    if row.user is None or queries.current(user_id=row.user.pk) != row:
        raise NoSubscription()
    services.cancel(user=cast(UserRef, row.user), now=timezone.now())


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    owner = person()
    list_display = ["stripe_id", "owner", "created_at", "replaced_at"]
    list_select_related = ["user"]
    finder = Finder(exact={"cus_": "stripe_id"}, owner="user")
    ordering = ["-pk"]


@admin.register(Invoice)
class InvoiceAdmin(WholeRowAdmin):
    owner = person()
    shown_status = status()
    list_display = ["number", "owner", "shown_status", "due", "paid", "created_at"]
    list_select_related = ["user"]
    list_filter = [by_value("status", ["draft", "open", "paid", "uncollectible", "void"])]
    finder = Finder(
        ids={"inv_": "public_id"}, exact={"in_": "stripe_id"}, owner="user", plain=["number"]
    )
    ordering = ["-pk"]
    shown_as = {"amount_due": "due", "amount_paid": "paid"}

    @admin.display(description="Amount due")
    def due(self, invoice: Invoice) -> str:
        return _rupiah(invoice.amount_due)

    @admin.display(description="Amount paid")
    def paid(self, invoice: Invoice) -> str:
        return _rupiah(invoice.amount_paid)


def _rupiah(hundredths: int) -> str:
    return rupiah(money.to_rupiah(hundredths))


@admin.register(Debt)
class DebtAdmin(ReadOnlyAdmin):
    owner = person("account.user")
    list_display = ["key", "owner", "credits", "paid", "created_at", "paid_at"]
    list_select_related = ["account__user"]
    finder = Finder(ids={"acct_": "account__public_id"}, owner="account__user", plain=["key"])
    ordering = ["-pk"]


@admin.register(QuotaDay)
class QuotaDayAdmin(ReadOnlyAdmin):
    owner = person()
    list_display = ["day", "owner", "used", "used_limit", "professional_used"]
    list_select_related = ["user"]
    finder = Finder(ids={"user_": "user__public_id"}, owner="user")
    ordering = ["-pk"]


@admin.register(StripeEvent)
class StripeEventAdmin(WholeRowAdmin):
    list_display = [
        "stripe_id",
        "type",
        "object_id",
        "status",
        "attempts",
        "source",
        "received_at",
    ]
    list_filter = ["status", "source", by_date("received_at")]
    finder = Finder(exact={"evt_": "stripe_id"}, plain=["object_id", "type"])
    ordering = ["-pk"]
    actions = ["replay"]
    page_actions = ["replay"]
    shown_as = {"payload": "shown_payload"}

    @admin.display(description="Payload")
    def shown_payload(self, event: StripeEvent) -> SafeString:
        text = json.dumps(_without_secrets(event.payload), indent=2, ensure_ascii=False)
        return format_html('<pre class="overflow-x-auto text-xs">{}</pre>', text)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.replay_stripeevent")

    @admin.action(description="Process again", permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        now, count = timezone.now(), 0
        for event in events:
            with transaction.atomic():
                self.log_act(request, "stripe_event.replay", event, before={"status": event.status})
                count += processor.replay(event_id=event.pk, now=now)
        noun = "event" if count == 1 else "events"
        messages.success(request, f"{count} {noun} will be processed again in a moment.")


def _without_secrets(value: Any) -> Any:
    """Remove client secrets, because with one of them anybody could complete the payment."""
    if isinstance(value, list):
        return [_without_secrets(part) for part in value]
    if isinstance(value, dict):
        return {
            name: "(hidden)" if part and "secret" in name else _without_secrets(part)
            for name, part in value.items()
        }
    return value
