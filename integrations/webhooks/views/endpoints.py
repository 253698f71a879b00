"""Webhook endpoints of an account over HTTP: parse, one service, render."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import endpoints, openapi, presenters, queries, serializers
from integrations.webhooks.views.caller import NO_STORE, user_id_of

ENDPOINT_ID = OpenApiParameter("endpoint_id", str, OpenApiParameter.PATH, description="`hook_…`")
_REFUSALS = (Unauthorized, Forbidden, NotFound, RateLimited)


class EndpointsView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="listWebhookEndpoints",
        summary="List webhook endpoints",
        description=(
            "Oldest first, without their secrets, with the events that a filter may name and how "
            "many endpoints an account may have."
        ),
        responses={
            200: success(
                "WebhookEndpoints", serializers.EndpointsSerializer, example=openapi.ENDPOINTS
            ),
            **errors(Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        return ok(presenters.endpoints(queries.endpoints(user_id=user_id_of(request))))

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="createWebhookEndpoint",
        summary="Make a webhook endpoint",
        description=(
            "Every event that its filter `events` names is posted to `url` from now on. `secret` "
            "is shown this once. An account may have `WEBHOOK_ENDPOINTS` (10, unless the operator "
            "has said otherwise); one more is refused with 409."
        ),
        request=serializers.NewEndpointSerializer,
        responses={
            201: success(
                "WebhookEndpointIssued",
                serializers.IssuedEndpointSerializer,
                example=openapi.ISSUED_ENDPOINT,
            ),
            **errors(
                MissingRequiredField, InvalidInput, Unauthorized, Forbidden, Conflict, RateLimited
            ),
        },
        examples=[openapi.NEW_ENDPOINT],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.NewEndpointSerializer)
        issued = endpoints.create(
            user_id=user_id_of(request),
            url=given["url"],
            events=given["events"],
            description=given["description"],
            active=given["active"],
            now=timezone.now(),
        )
        return ok(presenters.issued(issued), status=201, headers=NO_STORE)


class EndpointView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="getWebhookEndpoint",
        summary="Show a webhook endpoint",
        description="Without its secret, which was shown when it was made.",
        parameters=[ENDPOINT_ID],
        responses={
            200: success(
                "WebhookEndpoint", serializers.EndpointSerializer, example=openapi.ENDPOINT
            ),
            **errors(*_REFUSALS),
        },
    )
    def get(self, request: Request, endpoint_id: str) -> Response:
        found = endpoints.owned(user_id=user_id_of(request), public_id=endpoint_id)
        return ok(presenters.endpoint(found))

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="changeWebhookEndpoint",
        summary="Change a webhook endpoint",
        description=(
            "Only the fields that are sent. `active: false` ends what waits to be delivered; "
            "`active: true` also turns on again what the service has turned off. Deliveries that "
            "wait keep the address that they were made with."
        ),
        parameters=[ENDPOINT_ID],
        request=serializers.ChangeEndpointSerializer,
        responses={
            200: success(
                "WebhookEndpointChanged", serializers.EndpointSerializer, example=openapi.ENDPOINT
            ),
            **errors(InvalidInput, *_REFUSALS),
        },
        examples=[openapi.CHANGE_ENDPOINT],
    )
    def patch(self, request: Request, endpoint_id: str) -> Response:
        given = self.body(serializers.ChangeEndpointSerializer)
        changed = endpoints.change(
            user_id=user_id_of(request), public_id=endpoint_id, now=timezone.now(), **given
        )
        return ok(presenters.endpoint(changed))

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="deleteWebhookEndpoint",
        summary="Delete a webhook endpoint",
        description="With its deliveries. Events that were recorded stay listed.",
        parameters=[ENDPOINT_ID],
        request=None,
        responses={
            200: success(
                "WebhookEndpointDeleted",
                serializers.DeletedEndpointSerializer,
                example={"id": openapi.ENDPOINT["id"], "deleted": True},
            ),
            **errors(*_REFUSALS),
        },
    )
    def delete(self, request: Request, endpoint_id: str) -> Response:
        endpoints.delete(user_id=user_id_of(request), public_id=endpoint_id)
        return ok({"id": endpoint_id, "deleted": True})


class RotateSecretView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="rotateWebhookEndpointSecret",
        summary="Replace the secret of a webhook endpoint",
        description=(
            "The new `secret` is shown this once. For `overlapHours` deliveries carry a signature "
            "by each of the two, until `previousSecretExpiresAt`; with 0 the old one ends at once."
        ),
        parameters=[ENDPOINT_ID],
        request=serializers.RotateSecretSerializer,
        responses={
            200: success(
                "WebhookEndpointRotated",
                serializers.IssuedEndpointSerializer,
                example=openapi.ROTATED_ENDPOINT,
            ),
            **errors(InvalidInput, *_REFUSALS),
        },
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        given = self.body(serializers.RotateSecretSerializer)
        issued = endpoints.rotate_secret(
            user_id=user_id_of(request),
            public_id=endpoint_id,
            overlap=timedelta(hours=given["overlapHours"]),
            now=timezone.now(),
        )
        return ok(presenters.issued(issued), headers=NO_STORE)


class TestEndpointView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        operation_id="testWebhookEndpoint",
        summary="Send a test event to a webhook endpoint",
        description=(
            "`endpoint.test`, signed as every event, once and without retries, even to an endpoint "
            "that is turned off. `GET /webhooks/deliveries/{id}` shows how it was answered."
        ),
        parameters=[ENDPOINT_ID],
        request=None,
        responses={
            202: success(
                "WebhookTest", serializers.DeliverySerializer, example=openapi.TEST_DELIVERY
            ),
            **errors(*_REFUSALS),
        },
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        delivery = endpoints.send_test(
            user_id=user_id_of(request), public_id=endpoint_id, now=timezone.now()
        )
        return ok(presenters.delivery(delivery), status=202)
