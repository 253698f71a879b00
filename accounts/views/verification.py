"""Verify the address of an account by the token that was mailed to it."""

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import messages, serializers
from accounts.openapi import account as openapi
from accounts.services import verification
from accounts.views.caller import user_of
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView


class Verify(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    @openapi.verify
    def post(self, request: Request) -> Response:
        given = self.body(serializers.VerifySerializer)
        verification.confirm(token=given["token"], now=timezone.now())
        return ok({"message": messages.VERIFIED})


class Resend(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.resend_verification
    def post(self, request: Request) -> Response:
        verification.request(user=user_of(request), now=timezone.now())
        return ok({"message": messages.VERIFICATION_MAILED}, status=202)
