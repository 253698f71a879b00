"""An operator's view of the dashboard as a customer sees it: read only, for minutes, in the log.

It is kept in the operator's own session on the server, so it has no credential of its own, and it
ends with that session. Each request checks anew that the operator may look, and at whom. A view
whose time is over is not followed by the operator's own account by itself: until it is stopped,
every request is refused, because the pages that are still open are those of the customer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from accounts import cookies
from accounts.models import User
from common.http.auth import Scope
from common.http.errors import Conflict, Forbidden, InsufficientPermissions
from common.operators import audit_log

PERMISSION = "accounts.view_as_customer"
LIFETIME = timedelta(minutes=15)
# Reading of what the pages show. API keys, sessions and the data export need another scope.
SCOPES = frozenset({Scope.REMOVAL_READ, Scope.BILLING_READ})
_KEY = "customer_view"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ReadOnlyView(Forbidden):
    message = "An operator's view of an account is read only; stop it to go on as yourself"

    def __init__(self) -> None:
        super().__init__(details={"reason": "read_only_view"})


class ViewHasEnded(Forbidden):
    message = "The view of the customer's account has ended; load the page again"

    def __init__(self) -> None:
        super().__init__(details={"reason": "view_ended"})


@dataclass(frozen=True)
class View:
    """A view that has not ended."""

    operator: User
    customer: User
    until: datetime


def may_look(operator: Any, customer: User) -> bool:
    """Whether the operator may look at this account: one in use, and not that of other staff."""
    return (
        operator.is_active
        and operator.is_staff
        and operator.has_perm(PERMISSION)
        and customer.is_active
        and not (customer.is_staff or customer.is_superuser)
    )


def start(request: HttpRequest, *, customer: User, reason: str, now: datetime) -> View:
    """Begin to look.

    Raises `InsufficientPermissions`, and `Conflict` while another view is open.
    """
    found = cookies.login_of(request)
    if found is None or not may_look(found[0], customer):
        raise InsufficientPermissions("You may not look at the dashboard of this account")
    if is_open(request.session):
        raise Conflict("Stop the view that is open first")
    view = View(found[0], customer, now + LIFETIME)
    audit_log.record(
        operator=view.operator,
        action="customer_view.start",
        target=customer,
        after={"until": view.until.isoformat(timespec="seconds")},
        reason=reason,
    )
    request.session[_KEY] = {
        "operator": view.operator.pk,
        "customer": customer.pk,
        "until": view.until.timestamp(),
    }
    return view


@transaction.atomic
def stop(request: HttpRequest, *, now: datetime) -> User | None:
    """End the view, if there is one; returns the customer whom it was of."""
    kept = request.session.pop(_KEY, None)
    if kept is None:
        return None
    operator = User.objects.filter(pk=kept["operator"]).first()
    customer = User.objects.filter(pk=kept["customer"]).first()
    if operator is not None and customer is not None:
        how = "stopped" if now.timestamp() < kept["until"] else "expired"
        after = {"outcome": how}
        audit_log.record(
            operator=operator, action="customer_view.stop", target=customer, after=after
        )
    return customer


def is_open(session: SessionBase) -> bool:
    """Whether a view was begun and not stopped, also if its time is over."""
    return _KEY in session


def of(session: SessionBase, *, operator: User, now: datetime) -> View | None:
    """The view in a login's session, or None; raises `ViewHasEnded` for one that may not go on."""
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None:
        return None
    customer = User.objects.filter(pk=kept["customer"]).first()
    until = datetime.fromtimestamp(kept["until"], UTC)
    if kept["operator"] != operator.pk or until <= now or customer is None:
        raise ViewHasEnded()
    if not may_look(operator, customer):
        raise ViewHasEnded()
    return View(operator, customer, until)


def refuse_changes(method: str | None) -> None:
    """Raise `ReadOnlyView` for every method that may change something."""
    if method not in _SAFE:
        raise ReadOnlyView()
