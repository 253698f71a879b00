"""Change a password, or reset a forgotten one by e-mail."""

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import guard, messages, serializers, services
from accounts.openapi import passwords as openapi
from accounts.views.caller import user_of
from accounts.views.rendering import tokens_response
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView


class Change(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.change_password
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordChangeSerializer)
        tokens = services.change_password(
            user=user_of(request),
            current=given["currentPassword"],
            new=given["newPassword"],
            code=given.get("code", ""),
            now=timezone.now(),
        )
        return tokens_response(tokens)


class Reset(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "login_address"

    @openapi.request_reset
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordResetSerializer)
        services.request_reset(email=given["email"], now=timezone.now())
        return ok({"message": messages.RESET_MAILED}, status=202)


class Confirm(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    @openapi.confirm_reset
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordResetConfirmSerializer)
        services.confirm_reset(
            token=given["token"],
            new=given["newPassword"],
            network=guard.origin_of(request._request).network,
            now=timezone.now(),
        )
        return ok({"message": messages.PASSWORD_SET})
