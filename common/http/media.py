"""Endpoints of stored files, open to their owner or by a signed address.

A file opens with a valid signature or for its owner; anything else is a 404, staff included, whose
links come with a line in the operators' log. The owner is the third segment of the key:
`processed/background-remover/<user>/<file>`. Even then a file is served only when the app that it
belongs to knows it: a result that lies in storage before it was paid for does not open for anyone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from common import storage
from common.http import signatures
from common.http.auth import AuthContext, Scope
from common.http.errors import ApiError, NotFound
from common.http.files import file_response
from common.http.routes import route
from common.http.views import CREDENTIALS, ApiView

ROOTS = ("uploads", "processed")
INLINE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
}
OTHER_TYPES = {".zip": "application/zip", ".heic": "image/heic", ".tiff": "image/tiff"}
REDIRECT_LIFETIME_S = 60
_PURPOSE = "common.http.media"
_OWNER_SEGMENT = 2

# The name under which a file is saved, by its key; None for a file that must not be served.
NameOf = Callable[[str], str | None]


def own_name(key: str) -> str:
    """The last part of the key: for files that may be served whenever they are there."""
    return PurePosixPath(key).name


def signed_url(key: str, *, now: datetime, lifetime_s: int | None = None) -> str:
    """The path of a stored file, open to anyone who has it for `lifetime_s` seconds.

    The default is `MEDIA_URL_LIFETIME_S`. Raises `ValueError` for a key outside `ROOTS`.
    """
    if not storage.is_key(key) or key.partition("/")[0] not in ROOTS:
        raise ValueError(f"{key!r} is not the key of a media file")
    return sign(key, now=now, lifetime_s=lifetime_s)


def sign(path: str, *, now: datetime, lifetime_s: int | None = None) -> str:
    """`/path` with an expiry and a signature that `is_signed` verifies."""
    expires = int(now.timestamp()) + (lifetime_s or settings.MEDIA_URL_LIFETIME_S)
    return f"/{path}?{signatures.query(_PURPOSE, path, expires=expires)}"


def is_open(request: Request, path: str) -> bool:
    """True if the request carries a signature for this path that has not expired."""
    query = request.query_params
    expires, signature = query.get("expires", ""), query.get("signature", "")
    return is_signed(path, expires=expires, signature=signature, now=timezone.now())


def caller(request: Request) -> Any:
    """The user of the request if they may read; None otherwise. Never raises."""
    try:
        user, auth = request.user, request.auth
    except (ApiError, APIException):
        return None
    if isinstance(auth, AuthContext) and Scope.REMOVAL_READ not in auth.scopes:
        return None
    return user if user.is_authenticated else None


def is_signed(key: str, *, expires: str, signature: str, now: datetime) -> bool:
    return signatures.is_genuine(_PURPOSE, key, expires=expires, signature=signature, now=now)


@extend_schema(exclude=True)
class MediaView(ApiView):
    """`GET` and `HEAD` with a single `Range`; see the module."""

    permission_classes = [AllowAny]
    throttle_classes = []
    root = ""
    name_of: NameOf = staticmethod(own_name)
    http_method_names = ["get", "head", "options"]

    def perform_authentication(self, request: Request) -> None:
        """Does nothing: a signature may be enough. `get` authenticates where it is needed."""

    def get(self, request: Request, path: str) -> HttpResponseBase:
        key = f"{self.root}/{path}"
        if not storage.is_key(key) or not self._may_see(request, key):
            raise _no_such_file()
        name = self.name_of(key)
        if name is None:
            raise _no_such_file()
        return _serve(request, key, name)

    head = get

    def _may_see(self, request: Request, key: str) -> bool:
        if is_open(request, key):
            return True
        user = caller(request)
        return user is not None and user.public_id == _owner(key)


def _no_such_file() -> NotFound:
    return NotFound("There is no such file, or the link to it has expired")


def _owner(key: str) -> str | None:
    segments = key.split("/")
    return segments[_OWNER_SEGMENT] if len(segments) == _OWNER_SEGMENT + 2 else None


def content(request: Request, key: str, name: str) -> HttpResponseBase:
    """The bytes of a stored file as an answer of their own, whatever the request says of ranges.

    Raises `NotFound`.
    """
    return _serve(request, key, name, through=True)


def _serve(request: Request, key: str, name: str, *, through: bool = False) -> HttpResponseBase:
    extension = PurePosixPath(key).suffix.lower()
    inline = extension in INLINE_TYPES
    content_type = {**INLINE_TYPES, **OTHER_TYPES}.get(extension, "application/octet-stream")
    disposition = content_disposition_header(as_attachment=not inline, filename=name) or ""
    return serve(request, key, content_type=content_type, disposition=disposition, through=through)


def serve(
    request: Request, key: str, *, content_type: str, disposition: str, through: bool = False
) -> HttpResponseBase:
    """Answer with a stored object: from disk, or by a redirect to where it lies.

    `through` passes the bytes through this process in any case. Raises `NotFound`.
    """
    elsewhere = (
        None
        if through
        else storage.presigned_url(
            key, lifetime_s=REDIRECT_LIFETIME_S, content_type=content_type, disposition=disposition
        )
    )
    response: Any
    try:
        response = (
            _redirect(key, elsewhere)
            if elsewhere
            else file_response(request, key, content_type=content_type)
        )
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise _no_such_file() from None
    response.headers["Content-Disposition"] = disposition
    return guarded(response)


def _redirect(key: str, url: str) -> HttpResponse:
    if not storage.exists(key):
        raise FileNotFoundError(key)
    return HttpResponseRedirect(url)


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    """Set headers against sniffing, active content and copies that outlast an erasure."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_vary_headers(response, CREDENTIALS)
    return response


def urls(names: Mapping[str, NameOf]) -> list[URLPattern]:
    """The addresses of all `ROOTS`, each with the function that says which of its files are served
    and under what name.
    """
    return [
        route(
            f"{root}/<path:path>",
            MediaView.as_view(root=root, name_of=names[root]),
            slash=False,
            name=f"media-{root}",
        )
        for root in ROOTS
    ]
