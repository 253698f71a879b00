"""Authentication, permissions and rate limit on headers alone, before a large body is read.

A body may have gigabytes, and Django keeps all of it on disk before any view sees its headers.
"""

import io
from collections.abc import MutableMapping
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponse

from common import maintenance
from common.http import ratelimit
from common.http.errors import ApiError, logged
from common.http.ratelimit import COUNTED
from common.http.views import ApiView

Scope = MutableMapping[str, Any]
# A request without a body: nothing may try to read it for a form's token.
_OF_THE_BODY = frozenset({b"content-length", b"content-type", b"transfer-encoding"})


class EarlyAuth:
    """The authentication, permissions and rate limit of a view, on a request's headers alone.

    The request is counted here, and the view will not count it again.
    """

    def __init__(self, view: type[ApiView]) -> None:
        self._view = view

    async def __call__(self, scope: Scope) -> ApiError | None:
        """The error with which the caller is refused, or None."""
        async with ThreadSensitiveContext():
            return await sync_to_async(self._refusal)(scope)

    def _refusal(self, scope: Scope) -> ApiError | None:
        try:
            try:
                self._pass(scope)
            except Exception as problem:
                return self._counted(logged(problem), scope)
        finally:
            # This thread serves no other request.
            connections.close_all()
        return None

    def _counted(self, refusal: ApiError, scope: Scope) -> ApiError:
        """Count an unknown caller, as the view itself would have done."""
        if refusal.status != 401:
            return refusal
        try:
            ratelimit.limit_unknown(_head(scope))
        except ApiError as limited:
            return limited
        return refusal

    def _pass(self, scope: Scope) -> None:
        view = self._view()
        django_request = _head(scope)
        view.args, view.kwargs = (), {}
        view.request = request = view.initialize_request(django_request)
        view.perform_authentication(request)
        view.check_permissions(request)
        view.check_throttles(request)
        maintenance.refuse_new_work()
        scope[COUNTED] = view.rate_decision


def _head(scope: Scope) -> ASGIRequest:
    headers = [pair for pair in scope["headers"] if pair[0].lower() not in _OF_THE_BODY]
    request = ASGIRequest({**scope, "headers": headers}, io.BytesIO())
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    return request
