"""The secret that signs deliveries to addresses that came with a job or batch."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import openapi, presenters, secrets
from integrations.webhooks.views.caller import NO_STORE, user_id_of


class WebhookSecretView(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.get_secret
    def get(self, request: Request) -> Response:
        valid = secrets.valid(user_id=user_id_of(request), now=timezone.now())
        return ok(presenters.secrets(valid), headers=NO_STORE)

    @openapi.replace_secret
    def post(self, request: Request) -> Response:
        valid = secrets.rotate(user_id=user_id_of(request), now=timezone.now())
        return ok(presenters.secrets(valid), status=201, headers=NO_STORE)
