"""`POST /auth/me/erase`: erase one's own account."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import messages, serializers, services
from accounts.openapi import account as openapi
from accounts.views.caller import user_of
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView


class Erase(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.erase
    def post(self, request: Request) -> Response:
        given = self.body(serializers.EraseSerializer)
        erasure = services.erase_own_account(
            user=user_of(request), password=given["password"], now=timezone.now()
        )
        closed = {"userId": erasure.user.public_id, "status": "closed", "message": messages.CLOSED}
        return ok(closed, status=202)
