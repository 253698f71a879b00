"""Permission classes over the scopes of `common.http.auth`."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.http.auth import AuthContext, Scope
from common.http.errors import Forbidden, InsufficientPermissions, Unauthorized

_NO_SECOND_FACTOR = (
    "This API key was made without a second factor, so it cannot act for an operator here; make "
    "a new one in a session that has given a code"
)

_NOT_IN_A_VIEW = "An operator's view of an account shows no keys, sessions, exports or settings"


def require_scope(scope: Scope) -> type[BasePermission]:
    """A permission class for callers that are logged in and whose key carries `scope`.

    Raises `Unauthorized` (401) and `Forbidden` (403).
    """

    class HasScope(BasePermission):
        refusals = (Unauthorized, Forbidden)

        def has_permission(self, request: Request, view: Any) -> bool:
            check_scope(request, scope)
            return True

    return HasScope


def require_operator(scope: Scope, permission: str = "") -> type[BasePermission]:
    """A permission class for staff whose key, if they use one, carries `scope`.

    `permission` is one of Django's, such as `removal.view_job`, that they need besides. Raises
    `Unauthorized` (401) and `Forbidden` (403).
    """

    class IsOperator(BasePermission):
        refusals = (Unauthorized, Forbidden, InsufficientPermissions)

        def has_permission(self, request: Request, view: Any) -> bool:
            check_scope(request, scope)
            if not request.user.is_staff:
                raise InsufficientPermissions()
            if isinstance(request.auth, AuthContext) and not request.auth.operates:
                raise InsufficientPermissions(_NO_SECOND_FACTOR)
            if permission and not request.user.has_perm(permission):
                needed = {"requiredPermission": permission}
                raise InsufficientPermissions("You lack a permission for this", details=needed)
            return True

    return IsOperator


def check_scope(request: Request, scope: Scope) -> None:
    """Check a scope in views where only some requests need it; raises as `require_scope` does."""
    if not request.user.is_authenticated:
        raise Unauthorized()
    auth = request.auth
    if isinstance(auth, AuthContext) and scope not in auth.scopes:
        if auth.viewed_by:
            raise Forbidden(_NOT_IN_A_VIEW, details={"reason": "not_in_view"})
        raise Forbidden(
            f"This API key lacks the scope {scope}",
            details={"requiredScope": scope, "scopes": sorted(auth.scopes)},
        )
