"""Verify the address of an account by the token that was mailed to it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import openapi, serializers
from accounts.errors import AlreadyVerified, InvalidVerificationToken
from accounts.services import verification
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

VERIFIED = "The e-mail address is verified"
MAIL_ON_ITS_WAY = "An e-mail with a new link is on its way"


class Verify(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    @extend_schema(
        tags=[openapi.TAG],
        summary="Verify an e-mail address with the token from the mail",
        description=(
            "The mail that follows a registration has the token. It works for some days, and may "
            "be sent more than once. The welcome credits come with it, once per mailbox."
        ),
        request=serializers.VerifySerializer,
        responses={
            200: success(
                "Verify",
                serializers.MessageSerializer,
                description="The address is verified",
                example={"message": VERIFIED},
            ),
            **errors(InvalidVerificationToken, InvalidInput, MissingRequiredField, RateLimited),
        },
        examples=[openapi.request_example({"token": openapi.VERIFICATION_TOKEN})],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.VerifySerializer)
        verification.confirm(token=given["token"], now=timezone.now())
        return ok({"message": VERIFIED})


class Resend(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Send the verification mail again",
        description="A few times a day; earlier links go on working until they expire.",
        request=None,
        responses={
            202: success(
                "VerifyResend",
                serializers.MessageSerializer,
                description="The mail is on its way",
                example={"message": MAIL_ON_ITS_WAY},
            ),
            **errors(
                AlreadyVerified, Unauthorized, InvalidToken, TokenExpired, Forbidden, RateLimited
            ),
        },
    )
    def post(self, request: Request) -> Response:
        verification.request(user=user_of(request), now=timezone.now())
        return ok({"message": MAIL_ON_ITS_WAY}, status=202)
