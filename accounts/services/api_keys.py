"""API keys: issue, change, revoke.

Two keys may be valid at once, so that one can replace the other without a gap.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import Q

from accounts import keys
from accounts.models import ApiKey, User
from accounts.queries import live_keys
from billing.spending import services as spending
from billing.spending.services import Cap
from common import pinned_models
from common.http.auth import ALL_SCOPES, Scope
from common.http.errors import Conflict, InsufficientPermissions, InvalidInput, NotFound

MAX_LIVE = 2
USE_RESOLUTION = timedelta(minutes=1)


@transaction.atomic
def issue_api_key(
    *,
    user: User,
    name: str,
    scopes: Iterable[Scope],
    now: datetime,
    expires_at: datetime | None = None,
    grantable: Collection[Scope] = ALL_SCOPES,
    second_factor_at: datetime | None = None,
    model: str = "",
    cap: Cap | None = None,
    made_by: str = "",
) -> tuple[ApiKey, str]:
    """Create a key and return it with its secret, which is not stored.

    `grantable` are the scopes that the caller may pass on, `second_factor_at` is when the caller
    proved a second factor, if ever (`second_factor.queries.of_new_key`), and `model` pins the model
    that serves the key. `cap` is its spending cap, and `made_by` the API key that asks for it, if
    one does. Raises `Forbidden` for a scope beyond `grantable` or a capped key, `InvalidInput` for
    an expiry in the past or an unknown model, and `Conflict` when two keys are valid already.
    """
    wanted = sorted(set(scopes))
    spending.refuse_capped(user_id=user.pk, api_key=made_by)
    _check_scopes(wanted, grantable)
    if expires_at is not None and expires_at <= now:
        complaint = "expiresAt must lie in the future"
        raise InvalidInput(complaint, details={"fields": {"expiresAt": [complaint]}})
    pinned_models.check(model)
    # The lock keeps the count below true until commit.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    _check_room(user, now=now)
    secret = keys.new_api_key()
    key: ApiKey = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=secret.prefix,
        digest=secret.digest,
        scopes=wanted,
        created_at=now,
        expires_at=expires_at,
        second_factor_at=second_factor_at,
        model=model,
    )
    if cap is not None:
        spending.set_cap(user_id=user.pk, api_key=key.public_id, cap=cap)
    return key, secret.text


@transaction.atomic
def change_api_key(
    *,
    user: User,
    key_id: str,
    now: datetime,
    name: str | None = None,
    model: str | None = None,
    cap: Cap | Literal["none"] | None = None,
    made_by: str = "",
) -> ApiKey:
    """Rename a key, pin another model to it, or set its spending cap; None leaves what there is.

    An empty `model` pins none, and a `cap` of "none" removes the cap. `made_by` is the API key that
    asks for it, if one does. Raises `NotFound` unless the key is the user's own and still works,
    `InvalidInput` for an unknown model, and `Forbidden` for a capped key.
    """
    spending.refuse_capped(user_id=user.pk, api_key=made_by)
    key: ApiKey | None = live_keys(user, now=now).filter(public_id=key_id).first()
    if key is None:
        raise NotFound("You have no such API key")
    if model is not None:
        pinned_models.check(model)
    given = {"name": name, "model": model}
    changed = {field: value for field, value in given.items() if value is not None}
    for field, value in changed.items():
        setattr(key, field, value)
    key.save(update_fields=[*changed])
    if cap is not None:
        new = None if cap == "none" else cap
        spending.set_cap(user_id=user.pk, api_key=key.public_id, cap=new)
    return key


def revoke_api_key(*, user: User, key_id: str, now: datetime) -> None:
    """Revoke a key at once; raises `NotFound` unless it is the user's own and still works."""
    ended = live_keys(user, now=now).filter(public_id=key_id).update(revoked_at=now)
    if not ended:
        raise NotFound("You have no such API key")


def revoke_any(*, key_ids: Iterable[int], now: datetime) -> int:
    """Revoke keys of any users, for an operator, by primary key; returns how many still worked."""
    return ApiKey.objects.filter(pk__in=key_ids, revoked_at=None).update(revoked_at=now)


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Store the time of the last use, with at most one write a minute under any concurrency."""
    stale = now - USE_RESOLUTION
    if key.last_used_at is None or key.last_used_at <= stale:
        due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=stale)
        ApiKey.objects.filter(due, pk=key.pk).update(last_used_at=now)


def _check_scopes(wanted: Iterable[Scope], grantable: Collection[Scope]) -> None:
    beyond = [scope for scope in wanted if scope not in grantable]
    if beyond:
        raise InsufficientPermissions(
            f"This API key cannot pass on the scope {', '.join(beyond)}",
            details={"refused": beyond, "scopes": sorted(grantable)},
        )


def _check_room(user: User, *, now: datetime) -> None:
    live = list(live_keys(user, now=now))
    if len(live) >= MAX_LIVE:
        raise Conflict(
            f"You already have {MAX_LIVE} API keys; revoke one before you make another",
            details={
                "limit": MAX_LIVE,
                "keys": [{"id": key.public_id, "name": key.name} for key in live],
                "hint": "DELETE /auth/api-keys/{id} revokes a key",
            },
        )
