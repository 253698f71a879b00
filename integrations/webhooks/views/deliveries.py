"""A user's webhook deliveries over HTTP: parse, one service, render."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import Forbidden, InvalidInput, NotFound, RateLimited, Unauthorized
from common.http.openapi import errors, success
from common.http.pagination import paginate
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import openapi, outbox, presenters, queries, serializers
from integrations.webhooks.views.caller import hidden_from, user_id_of

DELIVERY_ID = OpenApiParameter("delivery_id", str, OpenApiParameter.PATH, description="`dlv_…`")


class DeliveriesView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="List webhook deliveries",
        description=(
            "Newest first, to endpoints and to the `webhookUrl` of jobs and batches. They are kept "
            "for 30 days after they ended. A key without the scope `billing:read` sees none of "
            "events about money."
        ),
        parameters=[serializers.DeliveriesQuery],
        responses={
            200: success(
                "WebhookDeliveries", serializers.DeliveriesSerializer, example=openapi.DELIVERIES
            ),
            **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        wanted = self.query(serializers.DeliveriesQuery)
        rows = queries.deliveries(
            user_id=user_id_of(request),
            subject=wanted.get("batchId") or wanted.get("jobId"),
            status=wanted.get("status"),
            event=wanted.get("event"),
            endpoint_id=wanted.get("endpoint"),
            hidden=hidden_from(request),
        )
        page = paginate(rows, page=wanted["page"], limit=wanted["limit"])
        deliveries = [presenters.delivery(row) for row in page.items]
        return ok({"deliveries": deliveries, "pagination": page.pagination})


class DeliveryView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="getWebhookDelivery",
        summary="Show a webhook delivery",
        description=(
            "With the `body` that was sent, and for each attempt the headers of the request, how "
            "long it took, and the status and first KB of the response."
        ),
        parameters=[DELIVERY_ID],
        responses={
            200: success(
                "WebhookDelivery",
                serializers.WholeDeliverySerializer,
                example=openapi.WHOLE_DELIVERY,
            ),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def get(self, request: Request, delivery_id: str) -> Response:
        found = queries.delivery(
            user_id=user_id_of(request), public_id=delivery_id, hidden=hidden_from(request)
        )
        return ok(presenters.whole_delivery(found, attempts=queries.attempts(found)))


class ReplayView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Deliver a webhook again",
        description=(
            "With the same `webhook-id`, at once, and with all its attempts, to the address that "
            "its endpoint has now."
        ),
        parameters=[DELIVERY_ID],
        request=None,
        responses={
            200: success(
                "WebhookRedelivery", serializers.DeliverySerializer, example=openapi.DELIVERY
            ),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def post(self, request: Request, delivery_id: str) -> Response:
        delivery = outbox.redeliver(
            user_id=user_id_of(request),
            public_id=delivery_id,
            hidden=hidden_from(request),
            now=timezone.now(),
        )
        return ok(presenters.delivery(delivery))
