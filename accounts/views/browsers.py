"""Log in by cookie, for pages of this service; list and end sessions of every kind."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import cookies, guard, openapi, queries, serializers, services
from accounts.credentials import SessionContext, enforce_csrf
from accounts.errors import NoSecondFactor, SecondFactorRequired, WrongCredentials
from accounts.models import LoginSession
from accounts.second_factor import queries as second_factor
from accounts.views.caller import user_of
from accounts.views.rendering import NO_STORE
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    NotFound,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView

SESSION_ID = OpenApiParameter("session_id", str, OpenApiParameter.PATH, description="`sess_…`")
_CSRF = (
    "Both methods need the CSRF token of a page of this service in `X-CSRFToken` (its cookie is "
    "`csrftoken`) and an `Origin` of this service. "
)


class Session(ApiView):
    # The endpoint ignores credentials: a cookie that has ended must not cause a refusal.
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "login_address"

    @extend_schema(
        tags=[openapi.TAG],
        summary="Log in by cookie",
        description=(
            "For pages of this service: sets an HttpOnly session cookie instead of answering with "
            f"tokens. {_CSRF}The limits are those of `POST /auth/login`. With `refreshToken`, such "
            "as the one that a registration or a new password answered with, the cookie takes the "
            "place of that token's session."
        ),
        request=serializers.SessionSerializer,
        responses={
            200: success(
                "Session",
                serializers.SessionUserSerializer,
                description="The account that the cookie belongs to",
                example={"user": openapi.USER},
            ),
            **errors(
                InvalidInput,
                MissingRequiredField,
                WrongCredentials,
                InvalidToken,
                TokenExpired,
                SecondFactorRequired,
                Forbidden,
                NoSecondFactor,
                RateLimited,
            ),
        },
        examples=[openapi.request_example(openapi.CREDENTIALS)],
    )
    def post(self, request: Request) -> Response:
        enforce_csrf(request)
        given = self.body(serializers.SessionSerializer)
        session = _opened(given, guard.origin_of(request._request))
        cookies.begin(request._request, session)
        user = serializers.UserSerializer(session.user).data
        return ok({"user": user}, headers=NO_STORE)

    @extend_schema(
        tags=[openapi.TAG],
        summary="Log out of the cookie's session",
        description=f"Ends the session and the cookie; without one it changes nothing. {_CSRF}",
        request=None,
        responses={
            200: success(
                "SessionEnded",
                serializers.LoggedOutSerializer,
                description="There is no session any more",
                example={"loggedOut": True},
            ),
            **errors(Forbidden, RateLimited),
        },
    )
    def delete(self, request: Request) -> Response:
        enforce_csrf(request)
        cookies.end(request._request)
        return ok({"loggedOut": True}, headers=NO_STORE)


class Sessions(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="List the open sessions",
        description=(
            "Logins by cookie and by tokens, newest first. Logins on the operators' pages are not "
            "listed; `POST /auth/logout` with `everywhere` ends them too. API keys are no sessions."
        ),
        responses={
            200: success(
                "SessionList",
                serializers.LoginSessionsSerializer,
                description="The sessions, newest first",
                example={"sessions": [openapi.SESSION]},
            ),
            **errors(Unauthorized, Forbidden),
        },
    )
    def get(self, request: Request) -> Response:
        found = queries.live_sessions(user_of(request), now=timezone.now())
        own = request.auth.login_session if isinstance(request.auth, SessionContext) else None
        context = {"current": own.public_id if own else None}
        body = serializers.LoginSessionSerializer(found, many=True, context=context).data
        return ok({"sessions": body})


class SessionDetail(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="End one session",
        description="Its cookie or tokens stop working at once.",
        parameters=[SESSION_ID],
        request=None,
        responses={
            200: success(
                "OneSessionEnded",
                serializers.EndedSessionSerializer,
                description="The session has ended",
                example={"id": openapi.SESSION["id"], "ended": True},
            ),
            **errors(Unauthorized, Forbidden, NotFound),
        },
    )
    def delete(self, request: Request, session_id: str) -> Response:
        services.end_one(user=user_of(request), session_id=session_id, now=timezone.now())
        return ok({"id": session_id, "ended": True})


def _opened(given: dict[str, str], origin: guard.Origin) -> LoginSession:
    now = timezone.now()
    if "refreshToken" not in given:
        return services.log_in_by_cookie(**given, origin=origin, now=now)
    session = services.exchange(refresh_token=given["refreshToken"], now=now, agent=origin.agent)
    if second_factor.is_missing(session.user):
        raise NoSecondFactor()
    return session
