"""Register, log in, refresh, log out."""

from django.contrib.auth import logout
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import guard, openapi, serializers, services
from accounts.credentials import SessionContext
from accounts.errors import NoSecondFactor, SecondFactorRequired, WrongCredentials
from accounts.views.rendering import tokens_documented, tokens_response
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import check_scope
from common.http.views import ApiView


class _Public(ApiView):
    # The endpoint ignores credentials: an expired token left in a header must not cause a refusal.
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "login_address"


class Register(_Public):
    rate_policy = "register_address"

    @extend_schema(
        tags=[openapi.TAG],
        summary="Create an account",
        description=(
            "Creates the account and logs it in. Where `emailVerified` is false in the answer, a "
            "mail with a link is on its way, and the welcome credits come once the address is "
            "verified. A mailbox gets welcome credits once."
        ),
        request=serializers.CredentialsSerializer,
        responses={
            201: tokens_documented("The account and its first tokens"),
            **errors(InvalidInput, MissingRequiredField, Conflict, RateLimited),
        },
        examples=[openapi.request_example(openapi.CREDENTIALS)],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.CredentialsSerializer)
        origin = guard.origin_of(request._request)
        tokens = services.sign_up(
            **given, network=origin.network, agent=origin.agent, now=timezone.now()
        )
        return tokens_response(tokens, status=201)


class Login(_Public):
    @extend_schema(
        tags=[openapi.TAG],
        summary="Log in",
        description=(
            "Send `token` as `Authorization: Bearer <token>` with every request, and trade "
            "`refreshToken` for the next pair before it expires. Failures are counted by account "
            "and network, and more widely by account, where networks that the account has logged "
            "in from before pass. Staff who have set up a second factor send `code` too."
        ),
        request=serializers.LoginSerializer,
        responses={
            200: tokens_documented("The tokens of a new session"),
            **errors(
                InvalidInput,
                MissingRequiredField,
                WrongCredentials,
                SecondFactorRequired,
                NoSecondFactor,
                RateLimited,
            ),
        },
        examples=[openapi.request_example(openapi.CREDENTIALS)],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.LoginSerializer)
        origin = guard.origin_of(request._request)
        return tokens_response(services.log_in(**given, origin=origin, now=timezone.now()))


class Refresh(_Public):
    # There is no limit by network: a refresh token cannot be guessed, and users may share a
    # network.
    rate_policy = "anonymous"

    @extend_schema(
        tags=[openapi.TAG],
        summary="Trade a refresh token for the next pair of tokens",
        description=(
            "Each refresh token works exactly once, also under concurrency. Presenting it again, "
            "even at the same moment, ends the whole session: let one request at a time refresh."
        ),
        request=serializers.RefreshSerializer,
        responses={
            200: tokens_documented("The next pair of tokens"),
            **errors(InvalidInput, MissingRequiredField, InvalidToken, TokenExpired, RateLimited),
        },
        examples=[openapi.request_example({"refreshToken": openapi.TOKENS["refreshToken"]})],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.RefreshSerializer)
        tokens = services.rotate(refresh_token=given["refreshToken"], now=timezone.now())
        return tokens_response(tokens)


class Logout(ApiView):
    permission_classes = [AllowAny]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Log out",
        description=(
            "Ends the session of the access token or refresh token that is sent; all its tokens "
            "stop working at once. `everywhere` ends every other session of the account too, the "
            "cookie of the operators' pages included; an API key needs the scope account:write for "
            "it. API keys are not sessions and go on working."
        ),
        request=serializers.LogoutSerializer,
        responses={
            200: success(
                "Logout",
                serializers.LoggedOutSerializer,
                description="The session has ended",
                example={"loggedOut": True},
            ),
            **errors(InvalidInput, Unauthorized, InvalidToken, TokenExpired, Forbidden),
        },
        examples=[openapi.request_example({"everywhere": True})],
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.LogoutSerializer)
        if given["everywhere"]:
            check_scope(request, Scope.ACCOUNT_WRITE)
        services.log_out(
            user=request.user if request.user.is_authenticated else None,
            session=request.auth.login_session
            if isinstance(request.auth, SessionContext)
            else None,
            refresh_token=given.get("refreshToken"),
            everywhere=given["everywhere"],
            now=timezone.now(),
        )
        logout(request._request)
        return ok({"loggedOut": True})
