"""Permission classes over the scopes of `common.auth`."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.auth import AuthContext, Scope
from common.errors import Forbidden, Unauthorized


def require_scope(scope: Scope) -> type[BasePermission]:
    """A permission class for callers that are logged in and whose key carries `scope`.

    Raises `Unauthorized` (401) and `Forbidden` (403).
    """

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            if not request.user.is_authenticated:
                raise Unauthorized()
            auth = request.auth
            if isinstance(auth, AuthContext) and scope not in auth.scopes:
                raise Forbidden(
                    f"This API key lacks the scope {scope}",
                    details={"requiredScope": scope, "scopes": sorted(auth.scopes)},
                )
            return True

    return HasScope


class IsStaff(BasePermission):
    """Operators only; raises `Unauthorized` (401) or `Forbidden` (403)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            raise Unauthorized()
        if not request.user.is_staff:
            raise Forbidden("This endpoint is for administrators", insufficient=True)
        return True
