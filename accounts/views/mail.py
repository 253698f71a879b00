"""Mail preferences of an account, and the link of a notice that turns its kind off."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import openapi, serializers
from accounts.views.caller import user_of
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    ApiError,
    Forbidden,
    InvalidInput,
    InvalidToken,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.mail import preferences

_LOGIN_ERRORS = (Unauthorized, InvalidToken, TokenExpired, Forbidden)


class Mail(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        operation_id="getMailPreferences",
        tags=[openapi.TAG],
        summary="Which notices are sent by e-mail, and in which language",
        description=(
            "Only what can be turned off is listed. Mails about security, receipts and what "
            "happens to a subscription are always sent."
        ),
        responses={
            200: success(
                "MailPreferences",
                serializers.MailPreferencesSerializer,
                example=openapi.MAIL_PREFERENCES,
            ),
            **errors(*_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        return _shown(user_of(request).pk)

    @extend_schema(
        operation_id="changeMailPreferences",
        tags=[openapi.TAG],
        summary="Turn notices on or off, or choose the language",
        description=(
            "Notices that are not named stay as they are. Each notice also has a link and the "
            "headers of RFC 8058 that turn its kind off without logging in."
        ),
        request=serializers.ChangeMailPreferencesSerializer,
        responses={
            200: success(
                "MailPreferencesChanged",
                serializers.MailPreferencesSerializer,
                example=openapi.MAIL_PREFERENCES,
            ),
            **errors(InvalidInput, *_LOGIN_ERRORS),
        },
        examples=[openapi.request_example({"notices": {"batches.ended": False}})],
    )
    def patch(self, request: Request) -> Response:
        given, user = self.body(serializers.ChangeMailPreferencesSerializer), user_of(request)
        preferences.change(
            user_id=user.pk, language=given.get("language"), notices=given.get("notices")
        )
        return _shown(user.pk)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """`/mail/unsubscribe?token=…`: turns a kind of notice off.

    Programs of mail services send the POST without a cookie (RFC 8058), so the token alone is the
    permission. A GET only asks for a click, because programs that scan mail follow every link.
    """
    token = request.GET.get("token", "")
    try:
        if request.method == "POST":
            context: dict[str, Any] = {"done": preferences.unsubscribe(token=token).notice}
        else:
            _, kind = preferences.subject_of(token)
            context = {"title": kind.notice}
    except ApiError as error:
        context = {"error": error}
    status = 400 if "error" in context else 200
    context["account_url"] = f"{settings.BASE_URL}/app/account"
    return render(request, "accounts/unsubscribe.html", context, status=status)


def _shown(user_id: int) -> Response:
    notices = preferences.notices(user_id=user_id)
    return ok(
        {
            "language": preferences.language(user_id=user_id),
            "languages": [code for code, _ in settings.LANGUAGES],
            "notices": [
                {"kind": notice.kind, "title": notice.title, "enabled": notice.enabled}
                for notice in notices
            ],
        }
    )
