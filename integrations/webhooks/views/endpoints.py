"""Webhook endpoints of an account over HTTP: parse, one service, render."""

from datetime import timedelta

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import endpoints, openapi, presenters, queries, serializers
from integrations.webhooks.views.caller import NO_STORE, hidden_from, user_id_of


class EndpointsView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.list_endpoints
    def get(self, request: Request) -> Response:
        return ok(presenters.endpoints(queries.endpoints(user_id=user_id_of(request))))

    @openapi.create_endpoint
    def post(self, request: Request) -> Response:
        given = self.body(serializers.NewEndpointSerializer)
        issued = endpoints.create(
            user_id=user_id_of(request),
            url=given["url"],
            events=given["events"],
            description=given["description"],
            active=given["active"],
            hidden=hidden_from(request),
            now=timezone.now(),
        )
        return ok(presenters.issued(issued), status=201, headers=NO_STORE)


class EndpointView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.get_endpoint
    def get(self, request: Request, endpoint_id: str) -> Response:
        found = endpoints.owned(user_id=user_id_of(request), public_id=endpoint_id)
        return ok(presenters.endpoint(found))

    @openapi.change_endpoint
    def patch(self, request: Request, endpoint_id: str) -> Response:
        given = self.body(serializers.ChangeEndpointSerializer)
        changed = endpoints.change(
            user_id=user_id_of(request),
            public_id=endpoint_id,
            now=timezone.now(),
            hidden=hidden_from(request),
            **given,
        )
        return ok(presenters.endpoint(changed))

    @openapi.delete_endpoint
    def delete(self, request: Request, endpoint_id: str) -> Response:
        endpoints.delete(user_id=user_id_of(request), public_id=endpoint_id)
        return ok({"id": endpoint_id, "deleted": True})


class RotateSecretView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.rotate_secret
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

    @openapi.test_endpoint
    def post(self, request: Request, endpoint_id: str) -> Response:
        delivery = endpoints.send_test(
            user_id=user_id_of(request), public_id=endpoint_id, now=timezone.now()
        )
        return ok(presenters.delivery(delivery), status=202)
