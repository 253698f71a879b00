"""A user's signing secrets and deliveries over HTTP: parse, one service, render."""

from typing import Any

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
from integrations.webhooks import openapi, outbox, presenters, queries, secrets, serializers

NO_STORE = {"Cache-Control": "no-store"}


class WebhookSecretView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Show the secret that signs your webhooks",
        description=(
            "Every delivery is signed by the Standard Webhooks scheme. While a secret is being "
            "replaced, deliveries carry a signature by each of the two."
        ),
        responses={
            200: success("WebhookSecret", serializers.SecretsSerializer, example=openapi.SECRETS),
            **errors(Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        valid = secrets.valid(user_id=_user_id(request), now=timezone.now())
        return ok(presenters.secrets(valid), headers=NO_STORE)

    @extend_schema(
        tags=[openapi.TAG],
        summary="Replace the secret that signs your webhooks",
        description="The one before it goes on signing for 24 hours.",
        request=None,
        responses={
            201: success(
                "WebhookSecretRotated", serializers.SecretsSerializer, example=openapi.SECRETS
            ),
            **errors(Unauthorized, Forbidden, RateLimited),
        },
    )
    def post(self, request: Request) -> Response:
        valid = secrets.rotate(user_id=_user_id(request), now=timezone.now())
        return ok(presenters.secrets(valid), status=201, headers=NO_STORE)


class DeliveriesView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="List webhook deliveries",
        description="Newest first. They are kept for 30 days after they ended.",
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
        rows = queries.owned(
            user_id=_user_id(request),
            subject=wanted.get("batchId") or wanted.get("jobId"),
            status=wanted.get("status"),
        )
        page = paginate(rows, page=wanted["page"], limit=wanted["limit"])
        deliveries = [presenters.delivery(row) for row in page.items]
        return ok({"deliveries": deliveries, "pagination": page.pagination})


class RedeliverView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Deliver a webhook again",
        description="With the same `webhook-id`, at once, and with all its attempts.",
        parameters=[
            OpenApiParameter(
                "delivery_id", str, OpenApiParameter.PATH, description="`evt_…`, the `webhook-id`"
            )
        ],
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
            user_id=_user_id(request), public_id=delivery_id, now=timezone.now()
        )
        return ok(presenters.delivery(delivery))


def _user_id(request: Request) -> int:
    user: Any = request.user
    user_id: int = user.pk
    return user_id
