"""OpenAPI descriptions of registration, log-in and sessions."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from accounts import serializers
from accounts.errors import NoSecondFactor, SecondFactorRequired, WrongCredentials
from accounts.openapi.examples import (
    CREDENTIALS,
    SESSION,
    TAG,
    TOKENS,
    USER,
    request_example,
    tokens_documented,
)
from common.http.errors import (
    Conflict,
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

register = extend_schema(
    tags=[TAG],
    summary="Create an account",
    description=(
        "Creates the account and logs it in. Where `emailVerified` is false in the answer, a "
        "mail with a link is on its way, and the welcome credits come once the address is "
        "verified. A mailbox gets welcome credits once."
    ),
    request=serializers.RegisterSerializer,
    responses={
        201: tokens_documented("The account and its first tokens"),
        **errors(InvalidInput, MissingRequiredField, Conflict, RateLimited),
    },
    examples=[request_example(CREDENTIALS)],
)

log_in = extend_schema(
    tags=[TAG],
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
    examples=[request_example(CREDENTIALS)],
)

refresh = extend_schema(
    tags=[TAG],
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
    examples=[request_example({"refreshToken": TOKENS["refreshToken"]})],
)

log_out = extend_schema(
    tags=[TAG],
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
    examples=[request_example({"everywhere": True})],
)

SESSION_ID = OpenApiParameter("session_id", str, OpenApiParameter.PATH, description="`sess_…`")

_CSRF = (
    "Both methods need the CSRF token of a page of this service in `X-CSRFToken` (its cookie is "
    "`csrftoken`) and an `Origin` of this service. While an operator looks at a "
    "customer's dashboard, both answer 403 with `details.reason` `read_only_view`. "
)

log_in_by_cookie = extend_schema(
    tags=[TAG],
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
            example={"user": USER},
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
    examples=[request_example(CREDENTIALS)],
)

log_out_of_cookie = extend_schema(
    tags=[TAG],
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

list_sessions = extend_schema(
    tags=[TAG],
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
            example={"sessions": [SESSION]},
        ),
        **errors(Unauthorized, Forbidden),
    },
)

end_session = extend_schema(
    tags=[TAG],
    summary="End one session",
    description="Its cookie or tokens stop working at once.",
    parameters=[SESSION_ID],
    request=None,
    responses={
        200: success(
            "OneSessionEnded",
            serializers.EndedSessionSerializer,
            description="The session has ended",
            example={"id": SESSION["id"], "ended": True},
        ),
        **errors(Unauthorized, Forbidden, NotFound),
    },
)
