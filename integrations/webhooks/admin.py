"""Admin page of webhook deliveries, read-only, with an action that delivers again."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.observability.redaction import redact
from common.operators.filters import by_date, by_value
from common.operators.pages import WholeRowAdmin
from common.operators.search import Finder
from integrations.webhooks import outbox
from integrations.webhooks.models import Delivery, DeliveryStatus


@admin.register(Delivery)
class DeliveryAdmin(WholeRowAdmin):
    list_display = (
        "public_id",
        "event",
        "subject",
        "user",
        "status",
        "attempts",
        "response_status",
        "last_error",
        "created_at",
    )
    list_filter = (by_value("status", DeliveryStatus), by_date())
    list_select_related = ("user",)
    finder = Finder(
        ids={"evt_": "public_id"},
        exact={"req_": "request_id", "batch_": "subject", "job_": "subject"},
        owner="user",
    )
    # Receivers may echo the body, whose signed link opens the customer's files, so it is masked.
    shown_as = {"body": "shown_body", "response_excerpt": "shown_excerpt"}
    actions = ("replay",)
    page_actions = actions

    @admin.display(description="Body, without signatures")
    def shown_body(self, delivery: Delivery) -> str:
        return redact(delivery.body)

    @admin.display(description="Response excerpt")
    def shown_excerpt(self, delivery: Delivery) -> str:
        return redact(delivery.response_excerpt)

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
