"""Mail preferences of an account, and the link of a notice that turns its kind off."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import serializers
from accounts.openapi import account as openapi
from accounts.views.caller import user_of
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import ApiError
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.mail import preferences


class Mail(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.mail_preferences
    def get(self, request: Request) -> Response:
        return _shown(user_of(request).pk)

    @openapi.change_mail_preferences
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
    permission. A GET only asks for a click, because programs that scan mail follow every link. The
    page is in the language of the mail, or the browser's if the token is not valid.
    """
    token = request.GET.get("token", "")
    language = translation.get_language_from_request(request)
    try:
        user_id, kind = preferences.subject_of(token)
        language = preferences.language(user_id=user_id)
        if request.method == "POST":
            preferences.unsubscribe(token=token)
        context: dict[str, Any] = {"done" if request.method == "POST" else "title": kind.notice}
    except ApiError as error:
        context = {"error": error}
    status = 400 if "error" in context else 200
    context["account_url"] = f"{settings.BASE_URL}/app/account"
    with translation.override(language):
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
