"""A user's webhook deliveries over HTTP: parse, one service, render."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.pagination import paginate
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import openapi, outbox, presenters, queries, serializers
from integrations.webhooks.views.caller import hidden_from, user_id_of


class DeliveriesView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.list_deliveries
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

    @openapi.get_delivery
    def get(self, request: Request, delivery_id: str) -> Response:
        found = queries.delivery(
            user_id=user_id_of(request), public_id=delivery_id, hidden=hidden_from(request)
        )
        return ok(presenters.whole_delivery(found, attempts=queries.attempts(found)))


class ReplayView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.replay_delivery
    def post(self, request: Request, delivery_id: str) -> Response:
        delivery = outbox.redeliver(
            user_id=user_id_of(request),
            public_id=delivery_id,
            hidden=hidden_from(request),
            now=timezone.now(),
        )
        return ok(presenters.delivery(delivery))
