"""The secret that signs deliveries to addresses that came with a job or batch."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import Forbidden, RateLimited, Unauthorized
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import openapi, presenters, secrets, serializers
from integrations.webhooks.views.caller import NO_STORE, user_id_of


class WebhookSecretView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Show the secret that signs what goes to a webhookUrl",
        description=(
            "Every delivery to the `webhookUrl` of a job or batch is signed by the Standard "
            "Webhooks scheme with this secret; endpoints have secrets of their own. While a secret "
            "is being replaced, deliveries carry a signature by each of the two."
        ),
        responses={
            200: success("WebhookSecret", serializers.SecretsSerializer, example=openapi.SECRETS),
            **errors(Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        valid = secrets.valid(user_id=user_id_of(request), now=timezone.now())
        return ok(presenters.secrets(valid), headers=NO_STORE)

    @extend_schema(
        tags=[openapi.TAG],
        summary="Replace the secret that signs what goes to a webhookUrl",
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
        valid = secrets.rotate(user_id=user_id_of(request), now=timezone.now())
        return ok(presenters.secrets(valid), status=201, headers=NO_STORE)
