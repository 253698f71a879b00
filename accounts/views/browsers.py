"""Log in by cookie, for pages of this service; list and end sessions of every kind."""

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import cookies, customer_view, guard, queries, serializers, services
from accounts.credentials import SessionContext, enforce_csrf
from accounts.errors import NoSecondFactor
from accounts.models import LoginSession
from accounts.openapi import sessions as openapi
from accounts.second_factor import queries as second_factor
from accounts.views.caller import user_of
from accounts.views.rendering import NO_STORE
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView


class Session(ApiView):
    # The endpoint ignores credentials: a cookie that has ended must not cause a refusal.
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "login_address"

    @openapi.log_in_by_cookie
    def post(self, request: Request) -> Response:
        _refuse_in_a_view(request)
        enforce_csrf(request)
        given = self.body(serializers.SessionSerializer)
        session = _opened(given, guard.origin_of(request._request))
        cookies.begin(request._request, session)
        user = serializers.UserSerializer(session.user).data
        return ok({"user": user}, headers=NO_STORE)

    @openapi.log_out_of_cookie
    def delete(self, request: Request) -> Response:
        _refuse_in_a_view(request)
        enforce_csrf(request)
        cookies.end(request._request)
        return ok({"loggedOut": True}, headers=NO_STORE)


class Sessions(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.list_sessions
    def get(self, request: Request) -> Response:
        found = queries.live_sessions(user_of(request), now=timezone.now())
        own = request.auth.login_session if isinstance(request.auth, SessionContext) else None
        context = {"current": own.public_id if own else None}
        body = serializers.LoginSessionSerializer(found, many=True, context=context).data
        return ok({"sessions": body})


class SessionDetail(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.end_session
    def delete(self, request: Request, session_id: str) -> Response:
        services.end_one(user=user_of(request), session_id=session_id, now=timezone.now())
        return ok({"id": session_id, "ended": True})


def _refuse_in_a_view(request: Request) -> None:
    """The operator's own login must not end by a button of the customer's page."""
    if customer_view.is_open(request._request.session):
        raise customer_view.ReadOnlyView()


def _opened(given: dict[str, str], origin: guard.Origin) -> LoginSession:
    now = timezone.now()
    if "refreshToken" not in given:
        return services.log_in_by_cookie(**given, origin=origin, now=now)
    session = services.exchange(refresh_token=given["refreshToken"], now=now, agent=origin.agent)
    if second_factor.is_missing(session.user):
        raise NoSecondFactor()
    return session
