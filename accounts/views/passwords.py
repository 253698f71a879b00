"""Change a password, or reset a forgotten one by e-mail."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import guard, openapi, serializers, services
from accounts.errors import (
    InvalidResetToken,
    NoSecondFactor,
    SecondFactorRequired,
    WrongPassword,
)
from accounts.views.caller import user_of
from accounts.views.rendering import tokens_documented, tokens_response
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView

MAIL_ON_ITS_WAY = "If an account has this address, an e-mail is on its way"
PASSWORD_SET = "The password is set; log in with it"  # noqa: S105


class Change(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Change the password",
        description=(
            "Ends every session of the account and answers with the tokens of a new one. "
            "API keys go on working. The account is told by e-mail. Staff who have set up a second "
            "factor send `code` too."
        ),
        request=serializers.PasswordChangeSerializer,
        responses={
            200: tokens_documented("The tokens of a new session"),
            **errors(
                WrongPassword,
                InvalidInput,
                MissingRequiredField,
                Unauthorized,
                Forbidden,
                SecondFactorRequired,
                NoSecondFactor,
                RateLimited,
            ),
        },
        examples=[openapi.request_example(openapi.PASSWORD_CHANGE)],
    )
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

    @extend_schema(
        tags=[openapi.TAG],
        summary="Ask for a password reset by e-mail",
        description="Answers the same whether or not an account has this address.",
        request=serializers.PasswordResetSerializer,
        responses={
            202: success(
                "PasswordReset",
                serializers.MessageSerializer,
                description="Accepted, whether or not an account has this address",
                example={"message": MAIL_ON_ITS_WAY},
            ),
            **errors(InvalidInput, MissingRequiredField, RateLimited),
        },
        examples=[openapi.request_example({"email": openapi.USER["email"]})],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordResetSerializer)
        services.request_reset(email=given["email"], now=timezone.now())
        return ok({"message": MAIL_ON_ITS_WAY}, status=202)


class Confirm(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    @extend_schema(
        tags=[openapi.TAG],
        summary="Set a new password with the token from the e-mail",
        description="The token works once. Every session of the account is ended.",
        request=serializers.PasswordResetConfirmSerializer,
        responses={
            200: success(
                "PasswordConfirm",
                serializers.MessageSerializer,
                description="The new password is set",
                example={"message": PASSWORD_SET},
            ),
            **errors(InvalidResetToken, InvalidInput, MissingRequiredField, RateLimited),
        },
        examples=[openapi.request_example(openapi.PASSWORD_CONFIRM)],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordResetConfirmSerializer)
        services.confirm_reset(
            token=given["token"],
            new=given["newPassword"],
            network=guard.origin_of(request._request).network,
            now=timezone.now(),
        )
        return ok({"message": PASSWORD_SET})
