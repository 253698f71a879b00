"""Payments as operators see them. Only packs are edited by hand; the rest follows Stripe."""

from typing import cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from billing.customers.services import Payer
from billing.models import (
    BillingMail,
    CreditOrder,
    CreditPack,
    Customer,
    Debt,
    Invoice,
    QuotaDay,
    StripeEvent,
    Subscription,
)
from billing.subscriptions import queries, services, sync
from billing.subscriptions.errors import NoSubscription
from billing.webhooks import processor
from common.operators.filters import by_date
from common.operators.pages import OperatorAdmin, ReadOnlyAdmin
from common.operators.search import Finder


@admin.register(CreditPack)
class CreditPackAdmin(OperatorAdmin):
    list_display = ["name", "slug", "credits", "price_idr", "active", "position"]
    list_editable = ["active", "position"]
    list_filter = ["active"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(CreditOrder)
class CreditOrderAdmin(ReadOnlyAdmin):
    list_display = [
        "public_id",
        "user",
        "pack_name",
        "credits",
        "amount_idr",
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
    list_display = [
        "public_id",
        "user",
        "plan",
        "status",
        "monthly_price_idr",
        "period_end",
        "cancel_at_period_end",
        "grace_until",
    ]
    list_select_related = ["user"]
    list_filter = ["status", "plan", "cancel_at_period_end"]
    finder = Finder(owner="user", plain=["public_id", "stripe_id"])
    ordering = ["-pk"]
    actions = ["fetch", "cancel"]

    @admin.action(description="Fetch what they are from Stripe", permissions=["operate"])
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
        current = rows.filter(user__isnull=False).select_related("user")
        self.act_on_each(
            request,
            "subscription.cancel",
            current,
            _cancel,
            apart=True,
        )


def _cancel(row: Subscription) -> None:
    """Only what the user has now can be cancelled, not what ended before."""
    user = cast(Payer, row.user)
    if queries.current(user_id=user.pk) != row:
        raise NoSubscription()
    services.cancel(user=user, now=timezone.now())


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["stripe_id", "user", "created_at"]
    list_select_related = ["user"]
    finder = Finder(exact={"cus_": "stripe_id"}, owner="user")
    ordering = ["-pk"]


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ["number", "user", "status", "amount_due", "amount_paid", "created_at"]
    list_select_related = ["user"]
    list_filter = ["status"]
    finder = Finder(exact={"in_": "stripe_id"}, owner="user", plain=["number"])
    ordering = ["-pk"]


@admin.register(Debt)
class DebtAdmin(ReadOnlyAdmin):
    list_display = ["key", "account", "credits", "paid", "created_at", "paid_at"]
    list_select_related = ["account"]
    finder = Finder(ids={"acct_": "account__public_id"}, owner="account__user", plain=["key"])
    ordering = ["-pk"]


@admin.register(QuotaDay)
class QuotaDayAdmin(ReadOnlyAdmin):
    list_display = ["user", "day", "used", "used_limit", "professional_used"]
    list_select_related = ["user"]
    finder = Finder(ids={"user_": "user__public_id"}, owner="user")
    ordering = ["-pk"]


@admin.register(BillingMail)
class BillingMailAdmin(ReadOnlyAdmin):
    list_display = ["kind", "user", "created_at", "sent_at", "attempts"]
    list_select_related = ["user"]
    list_filter = ["kind"]
    finder = Finder(owner="user", plain=["key"])
    ordering = ["-pk"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
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

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.replay_stripeevent")

    @admin.action(description="Work off again", permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        now = timezone.now()
        for event in events:
            with transaction.atomic():
                self.log_act(request, "stripe_event.replay", event, before={"status": event.status})
                processor.replay(event_id=event.pk, now=now)
        messages.success(request, "The events will be worked off again in a moment.")
