"""Stored files at the addresses that the API names, for those who may see them.

A file opens with a valid signature, for its owner, or for staff; anything else is a 404. The
owner is the third segment of the key: `processed/background-remover/<user>/<file>`.
"""

import base64
import hmac
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from common import storage
from common.auth import AuthContext, Scope
from common.errors import ApiError, NotFound
from common.files import file_response
from common.urls import route
from common.views import ApiView

ROOTS = ("uploads", "processed")
INLINE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
OTHER_TYPES = {".zip": "application/zip"}
REDIRECT_LIFETIME_S = 60
_OWNER_SEGMENT = 2


def signed_url(key: str, *, now: datetime, lifetime_s: int | None = None) -> str:
    """The path of a stored file, open to anyone who has it for `lifetime_s` seconds.

    The default is `MEDIA_URL_LIFETIME_S`. Raises `ValueError` for a key outside `ROOTS`.
    """
    if not storage.is_key(key) or key.partition("/")[0] not in ROOTS:
        raise ValueError(f"{key!r} is not the key of a media file")
    expires = int(now.timestamp()) + (lifetime_s or settings.MEDIA_URL_LIFETIME_S)
    query = urlencode({"expires": expires, "signature": _signature(key, str(expires))})
    return f"/{key}?{query}"


def is_signed(key: str, *, expires: str, signature: str, now: datetime) -> bool:
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
        return False
    expected = _signature(key, expires).encode()
    genuine = hmac.compare_digest(expected, signature.encode(errors="replace"))
    return genuine and now.timestamp() < int(expires)


def _signature(key: str, expires: str) -> str:
    digest = salted_hmac("common.media", f"{expires}:{key}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@extend_schema(exclude=True)
class MediaView(ApiView):
    """`GET` and `HEAD` with a single `Range`; see the module."""

    permission_classes = [AllowAny]
    throttle_classes = []
    root = ""
    http_method_names = ["get", "head", "options"]

    def perform_authentication(self, request: Request) -> None:
        """Nobody needs to be known where a signature is enough; `get` asks when it matters."""

    def get(self, request: Request, path: str) -> HttpResponseBase:
        key = f"{self.root}/{path}"
        if not storage.is_key(key) or not self._may_see(request, key):
            raise _no_such_file()
        return _serve(request, key)

    head = get

    def _may_see(self, request: Request, key: str) -> bool:
        query = request.query_params
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if is_signed(key, expires=expires, signature=signature, now=timezone.now()):
            return True
        try:
            user, auth = request.user, request.auth
        except (ApiError, APIException):
            return False
        if isinstance(auth, AuthContext) and Scope.REMOVAL_READ not in auth.scopes:
            return False
        return user.is_authenticated and (user.is_staff or user.public_id == _owner(key))


def _no_such_file() -> NotFound:
    return NotFound("There is no such file, or the link to it has expired")


def _owner(key: str) -> str | None:
    segments = key.split("/")
    return segments[_OWNER_SEGMENT] if len(segments) == _OWNER_SEGMENT + 2 else None


def _serve(request: Request, key: str) -> HttpResponseBase:
    extension = PurePosixPath(key).suffix.lower()
    inline = extension in INLINE_TYPES
    content_type = {**INLINE_TYPES, **OTHER_TYPES}.get(extension, "application/octet-stream")
    disposition = f'{"inline" if inline else "attachment"}; filename="{PurePosixPath(key).name}"'
    elsewhere = storage.presigned_url(
        key, lifetime_s=REDIRECT_LIFETIME_S, content_type=content_type, disposition=disposition
    )
    response: Any
    try:
        response = (
            _redirect(key, elsewhere)
            if elsewhere
            else file_response(request, storage.open(key), content_type=content_type)
        )
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise _no_such_file() from None
    response.headers["Content-Disposition"] = disposition
    return _guarded(response)


def _redirect(key: str, url: str) -> HttpResponse:
    if not storage.exists(key):
        raise FileNotFoundError(key)
    return HttpResponseRedirect(url)


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    """No sniffing, no active content, and no shared cache."""
    elsewhere = isinstance(response, HttpResponseRedirect)
    response.headers["Cache-Control"] = f"private, {'no-store' if elsewhere else 'max-age=3600'}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_vary_headers(response, ["Authorization", "Cookie", "X-API-Key"])
    return response


urlpatterns: list[URLPattern] = [
    route(f"{root}/<path:path>", MediaView.as_view(root=root), slash=False, name=f"media-{root}")
    for root in ROOTS
]
