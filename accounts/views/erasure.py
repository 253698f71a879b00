"""`POST /auth/me/erase`: erase one's own account."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import openapi, serializers, services
from accounts.errors import OperatorsStay, WrongPassword
from accounts.views.caller import user_of
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView

CLOSED = (
    "The account is closed and is being erased. Running work is cancelled, subscriptions end now. "
    "An e-mail confirms it."
)
_EXAMPLE = {"userId": openapi.USER["id"], "status": "closed", "message": CLOSED}


class Erase(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        operation_id="eraseAccount",
        tags=[openapi.TAG],
        summary="Erase the account and everything in it",
        description=(
            "Closes the account at once: every session and API key ends. Within minutes images, "
            "results, batches, webhooks and cards are deleted, work that runs is cancelled "
            "(finished images of a batch are charged, nothing else), subscriptions are ended "
            "without a refund, credits that are left lapse, and the e-mail address is free again. "
            "Ledger and invoices are kept without a name. It cannot be undone."
        ),
        request=serializers.EraseSerializer,
        responses={
            202: success("AccountErased", serializers.ClosedSerializer, example=_EXAMPLE),
            **errors(
                WrongPassword,
                InvalidInput,
                MissingRequiredField,
                Unauthorized,
                InvalidToken,
                TokenExpired,
                Forbidden,
                OperatorsStay,
                RateLimited,
            ),
        },
        examples=[openapi.request_example({"password": openapi.CREDENTIALS["password"]})],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.EraseSerializer)
        erasure = services.erase_own_account(
            user=user_of(request), password=given["password"], now=timezone.now()
        )
        closed = {"userId": erasure.user.public_id, "status": "closed", "message": CLOSED}
        return ok(closed, status=202)
