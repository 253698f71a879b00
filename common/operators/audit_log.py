"""The operators' log: who changed what, when, from what to what, and why.

Whoever acts for an operator calls `record` in the transaction of the act itself, so there is never
one without the other. Lines cannot be changed or removed (a trigger refuses it).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from common.http.request_id import current_request_id
from common.models import OperatorAction
from common.users import UserRef

# The log keeps no values of fields that identify a person or grant access, because its lines
# are never deleted; it only says that such a field has changed.
_UNSPOKEN = frozenset({"email", "password", "token", "secret", "webhook_url"})
_CHANGED = "(changed)"


@dataclass(frozen=True)
class _Console:
    pk: int = 0
    public_id: str = "manage.py"
    email: str = ""


# The actor of commands on the server, where the person is not known.
CONSOLE = _Console()
# The actor of what the service does by itself.
SERVICE = _Console(public_id="service")


def record(
    *,
    operator: UserRef,
    action: str,
    target: Model | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> OperatorAction:
    """Write one line. `before` and `after` hold what changed, by the names of the fields."""
    return OperatorAction.objects.create(
        operator_id=operator.pk,
        operator=operator.public_id,
        action=action,
        object_type=target._meta.label_lower if target else "",
        object_id=name_of(target) if target else "",
        before=_spoken(before or {}),
        after=_spoken(after or {}),
        reason=reason,
        request_id=current_request_id(),
    )


def name_of(target: Model) -> str:
    """The public identifier where there is one, else the primary key."""
    return str(getattr(target, "public_id", "") or getattr(target, "stripe_id", "") or target.pk)


def _spoken(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in values.items()}


def _plain(name: str, value: Any) -> Any:
    if any(word in name for word in _UNSPOKEN):
        return _CHANGED
    if isinstance(value, bool | int | float | type(None)):
        return value
    if isinstance(value, Model):
        return name_of(value)
    if isinstance(value, list | tuple | set | frozenset | QuerySet):
        return [_plain("", part) for part in value]
    return str(value)
