from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.views.generic import RedirectView

from accounts.views import (
    api_keys,
    browsers,
    erasure,
    export,
    mail,
    passwords,
    profile,
    sessions,
    verification,
)
from common.http.routes import route


def moved(address: str) -> Callable[..., HttpResponseBase]:
    """A redirect for links of mails that were sent before; browsers keep what follows the `#`."""
    return RedirectView.as_view(url=address)


urlpatterns: list[URLPattern] = [
    route("auth/register", sessions.Register.as_view(), name="register"),
    route("auth/login", sessions.Login.as_view(), name="login"),
    route("auth/refresh", sessions.Refresh.as_view(), name="refresh"),
    route("auth/logout", sessions.Logout.as_view(), name="logout"),
    route("auth/session", browsers.Session.as_view(), name="session"),
    route("auth/sessions", browsers.Sessions.as_view(), name="sessions"),
    route("auth/sessions/<id:session_id>", browsers.SessionDetail.as_view(), name="session-detail"),
    route("auth/me", profile.Me.as_view(), name="me"),
    route("auth/me/mail", mail.Mail.as_view(), name="mail-preferences"),
    route("mail/unsubscribe", mail.unsubscribe, name="mail-unsubscribe"),
    route("auth/me/export", export.Export.as_view(), name="data-export"),
    route("auth/me/erase", erasure.Erase.as_view(), name="erase-account"),
    route("auth/verify", verification.Verify.as_view(), name="verify"),
    route("auth/verify/resend", verification.Resend.as_view(), name="verify-resend"),
    route("auth/verify/form", moved("/verify")),
    route("auth/password/change", passwords.Change.as_view(), name="password-change"),
    route("auth/password/reset", passwords.Reset.as_view(), name="password-reset"),
    route("auth/password/reset/confirm", passwords.Confirm.as_view(), name="password-confirm"),
    route("auth/password/reset/form", moved("/reset")),
    route("auth/api-keys", api_keys.ApiKeys.as_view(), name="api-keys"),
    route("auth/api-keys/<id:key_id>", api_keys.ApiKeyDetail.as_view(), name="api-key"),
]
media_urlpatterns: list[URLPattern] = [
    route("exports/<id:export_id>.zip", export.Download.as_view(), slash=False, name="export-zip"),
]
