"""Admin pages of webhook endpoints, events and deliveries, read-only, with actions that deliver
again, send a test, and turn an endpoint on or off.
"""

import json
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator

from common.observability.redaction import redact
from common.operators.display import badge, page_link, status
from common.operators.filters import by_date, by_value
from common.operators.pages import ReadOnlyAdmin, WholeRowAdmin
from common.operators.search import Finder
from integrations.models import (
    Delivery,
    DeliveryStatus,
    DisabledReason,
    Endpoint,
    Event,
)
from integrations.webhooks import catalogue, endpoints, health, outbox

# What an operator opens a delivery for, above what the queue keeps about it.
_FIRST = ("public_id", "shown_status", "attempts", "last_error", "available_at", "event", "to")


@admin.register(Delivery)
class DeliveryAdmin(WholeRowAdmin):
    list_display = (
        "public_id",
        "shown_status",
        "attempts",
        "answer",
        "event",
        "to",
        "subject",
        "user",
        "created_at",
    )
    list_filter = (by_value("status", DeliveryStatus), by_date())
    list_select_related = ("user", "endpoint", "partner")
    finder = Finder(
        ids={"dlv_": "public_id", "evt_": "webhook_id", "hook_": "endpoint__public_id"},
        exact={"req_": "request_id", "batch_": "subject", "job_": "subject"},
        owner="user",
    )
    # Receivers may echo the body, whose signed link opens the customer's files, so it is masked.
    shown_as = {
        "body": "shown_body",
        "response_excerpt": "shown_excerpt",
        "endpoint": "to",
        "status": "shown_status",
    }
    actions = ("replay",)
    page_actions = actions
    shown_status = status()

    @admin.display(description="Last answer")
    def answer(self, delivery: Delivery) -> str:
        text = Truncator(str(delivery.response_status or delivery.last_error or "–")).chars(44)
        return format_html('<span class="whitespace-nowrap">{}</span>', text)

    @admin.display(description="Body, without signatures")
    def shown_body(self, delivery: Delivery) -> str:
        return redact(delivery.body)

    @admin.display(description="Response excerpt")
    def shown_excerpt(self, delivery: Delivery) -> str:
        return redact(delivery.response_excerpt)

    @admin.display(description="Receiver")
    def to(self, delivery: Delivery) -> str:
        if delivery.partner is not None:
            name = f"Partner {delivery.partner.slug}"
            return page_link("integrations_partner", delivery.partner_id, name)
        if delivery.endpoint is None:
            return "webhookUrl"
        name = delivery.endpoint.public_id
        return page_link("integrations_endpoint", delivery.endpoint_id, name)

    @admin.display(description="Attempts, with the headers sent and the answers")
    def shown_log(self, delivery: Delivery) -> str:
        lines = ((self._told(attempt),) for attempt in delivery.log.order_by("pk"))
        return format_html_join("", '<pre class="mb-4">{}</pre>', lines) or "–"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = dict.fromkeys([*_FIRST, *super().get_fields(request, obj), "shown_log"])
        # The receiver names it.
        return [name for name in fields if name != "partner"]

    def _told(self, attempt: Any) -> str:
        headers = "\n".join(f"{name}: {text}" for name, text in attempt.request_headers.items())
        answer = attempt.error or f"The address answered with status {attempt.response_status}"
        excerpt = redact(attempt.response_excerpt)
        moment = f"{attempt.at:%Y-%m-%d %H:%M:%S}, {attempt.duration_ms} ms"
        return "\n".join((moment, headers, answer, excerpt))

    @admin.action(description="Deliver again", permissions=["operate"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        with transaction.atomic():
            chosen = list(deliveries)
            keys = [delivery.pk for delivery in chosen]
            count = outbox.replay(delivery_ids=keys, now=timezone.now())
            for delivery in chosen:
                self.log_act(request, "delivery.replay", delivery)
        noun = "delivery" if count == 1 else "deliveries"
        self.message_user(request, f"{count} {noun} will be sent again")


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """The secrets are never shown; their owner replaces them."""

    list_display = ("public_id", "user", "shown_url", "state", "failing_since", "created_at")
    list_filter = (by_value("disabled_reason", DisabledReason), by_date())
    list_select_related = ("user",)
    finder = Finder(ids={"hook_": "public_id"}, owner="user")
    fields = readonly_fields = (
        "public_id",
        "user",
        "shown_url",
        "description",
        "events",
        "state",
        "failing_since",
        "disabled_at",
        "disabled_reason",
        "previous_expires_at",
        "created_at",
        "updated_at",
    )
    actions = ("send_test", "turn_off", "turn_on")
    page_actions = actions

    @admin.display(description="Address, without signatures")
    def shown_url(self, endpoint: Endpoint) -> str:
        return redact(endpoint.url)

    @admin.display(description="State")
    def state(self, endpoint: Endpoint) -> str:
        if not endpoint.active:
            return badge("off")
        return badge("failing" if endpoint.failing_since else "active")

    @admin.action(description="Send a test event", permissions=["operate"])
    def send_test(self, request: HttpRequest, rows: QuerySet[Endpoint]) -> None:
        def send(row: Endpoint) -> Delivery:
            return endpoints.send_test_to(row, now=timezone.now())

        self.act_on_each(request, "endpoint.test", rows, send)

    @admin.action(description="Turn off, and tell its owner", permissions=["operate"])
    def turn_off(self, request: HttpRequest, rows: QuerySet[Endpoint]) -> None:
        def disable(row: Endpoint) -> None:
            health.disable(row, reason=DisabledReason.OPERATOR, now=timezone.now())

        self.act_on_each(request, "endpoint.disable", rows, disable)

    @admin.action(description="Turn on", permissions=["operate"])
    def turn_on(self, request: HttpRequest, rows: QuerySet[Endpoint]) -> None:
        def enable(row: Endpoint) -> None:
            endpoints.change(
                user_id=row.user_id, public_id=row.public_id, now=timezone.now(), active=True
            )

        self.act_on_each(request, "endpoint.enable", rows, enable)


@admin.register(Event)
class EventAdmin(WholeRowAdmin):
    list_display = ("public_id", "type", "subject", "user", "sequence", "created_at")
    list_filter = (by_value("type", catalogue.EVENTS), by_date())
    list_select_related = ("user",)
    finder = Finder(
        ids={"evt_": "public_id"},
        exact={"req_": "request_id", "batch_": "subject", "job_": "subject"},
        owner="user",
    )
    shown_as = {"data": "shown_data"}

    @admin.display(description="Data, without signatures")
    def shown_data(self, event: Event) -> str:
        return redact(json.dumps(json.loads(event.data), indent=2))
