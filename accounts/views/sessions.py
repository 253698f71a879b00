"""Register, log in, refresh, log out."""

from django.contrib.auth import logout
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import guard, serializers, services
from accounts.credentials import SessionContext
from accounts.openapi import sessions as openapi
from accounts.views.rendering import tokens_response
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import check_scope
from common.http.views import ApiView


class _Public(ApiView):
    # The endpoint ignores credentials: an expired token left in a header must not cause a refusal.
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "login_address"


class Register(_Public):
    rate_policy = "register_address"

    @openapi.register
    def post(self, request: Request) -> Response:
        given = self.body(serializers.RegisterSerializer)
        origin = guard.origin_of(request._request)
        tokens = services.sign_up(
            **given, network=origin.network, agent=origin.agent, now=timezone.now()
        )
        return tokens_response(tokens, status=201)


class Login(_Public):
    @openapi.log_in
    def post(self, request: Request) -> Response:
        given = self.body(serializers.LoginSerializer)
        origin = guard.origin_of(request._request)
        return tokens_response(services.log_in(**given, origin=origin, now=timezone.now()))


class Refresh(_Public):
    # There is no limit by network: a refresh token cannot be guessed, and users may share a
    # network.
    rate_policy = "anonymous"

    @openapi.refresh
    def post(self, request: Request) -> Response:
        given = self.body(serializers.RefreshSerializer)
        tokens = services.rotate(refresh_token=given["refreshToken"], now=timezone.now())
        return tokens_response(tokens)


class Logout(ApiView):
    permission_classes = [AllowAny]

    @openapi.log_out
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
