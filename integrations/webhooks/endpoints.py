"""Services of an account's webhook endpoints: create, change, rotate the secret, test, delete."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from common.encryption import decrypt, encrypt
from common.http.errors import Conflict, Forbidden, NotFound
from common.http.request_id import current_request_id
from common.outbound import callbacks
from integrations.models import Delivery, DisabledReason, Endpoint, Event
from integrations.webhooks import catalogue, outbox
from integrations.webhooks.signing import new_secret

DEFAULT_OVERLAP_H = 24
LONGEST_OVERLAP_H = 7 * 24
# Names the advisory locks that make new endpoints of one account run one after the other.
_LOCK = 0x686F6F


@dataclass(frozen=True)
class Issued:
    """An endpoint and its new secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def create(
    *,
    user_id: int,
    url: str,
    events: Sequence[str],
    now: datetime,
    description: str = "",
    active: bool = True,
    hidden: Sequence[str] = (),
) -> Issued:
    """A new endpoint. Raises `CallbackRefused` for an address that may not be called, `Conflict`
    when the account has as many as it may have, and `Forbidden` if one of the `hidden` events,
    which the caller may not read, would be posted to it.
    """
    _check_readable(events, hidden)
    callbacks.checked(url)
    with connection.cursor() as cursor:
        # Held until the commit, so that the count below stays true.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, user_id % 2**31])
    _check_room(user_id)
    secret = new_secret()
    endpoint = Endpoint.objects.create(
        user_id=user_id,
        url=url,
        events=_ordered(events),
        description=description,
        active=active,
        secret=encrypt(secret),
        created_at=now,
        updated_at=now,
    )
    return Issued(endpoint, secret)


@transaction.atomic
def change(
    *,
    user_id: int,
    public_id: str,
    now: datetime,
    hidden: Sequence[str] = (),
    **changes: Any,
) -> Endpoint:
    """Change `url`, `events`, `description` or `active`, those that are given.

    Turning an endpoint on, or giving it another address, also clears its record of failures.
    Turning it off ends what waits to be delivered to it. Raises `NotFound`, `CallbackRefused`, and
    `Forbidden` if another address or filter would let the caller read one of the `hidden` events.
    """
    endpoint = _locked(user_id=user_id, public_id=public_id)
    if "url" in changes or "events" in changes:
        _check_readable(changes.get("events", endpoint.events), hidden)
    if "events" in changes:
        changes["events"] = _ordered(changes["events"])
    if "url" in changes:
        callbacks.checked(changes["url"])
    if changes.get("active") or changes.get("url", endpoint.url) != endpoint.url:
        changes["failing_since"] = None
    if changes.get("active"):
        changes |= {"disabled_at": None, "disabled_reason": ""}
    for name, value in changes.items():
        setattr(endpoint, name, value)
    endpoint.updated_at = now
    endpoint.save(update_fields=[*changes, "updated_at"])
    if not endpoint.active:
        outbox.abandon(endpoint_id=endpoint.pk, error="The endpoint was turned off", now=now)
    return endpoint


@transaction.atomic
def rotate_secret(*, user_id: int, public_id: str, overlap: timedelta, now: datetime) -> Issued:
    """A new secret; the one before goes on signing for `overlap`. Raises `NotFound`.

    At most two sign: one that was already being replaced ends now.
    """
    endpoint = _locked(user_id=user_id, public_id=public_id)
    secret = new_secret()
    endpoint.previous_secret = endpoint.secret if overlap else ""
    endpoint.previous_expires_at = now + overlap if overlap else None
    endpoint.secret = encrypt(secret)
    endpoint.updated_at = now
    endpoint.save(update_fields=["secret", "previous_secret", "previous_expires_at", "updated_at"])
    return Issued(endpoint, secret)


def delete(*, user_id: int, public_id: str) -> None:
    """Delete an endpoint with its deliveries; its events stay. Raises `NotFound`."""
    if not Endpoint.objects.filter(user_id=user_id, public_id=public_id).delete()[0]:
        raise NotFound("You have no such webhook endpoint")


def owned(*, user_id: int, public_id: str) -> Endpoint:
    """One endpoint of a user. Raises `NotFound`."""
    endpoint = Endpoint.objects.filter(user_id=user_id, public_id=public_id).first()
    if endpoint is None:
        raise NotFound("You have no such webhook endpoint")
    return endpoint


def send_test(*, user_id: int, public_id: str, now: datetime) -> Delivery:
    """Send `endpoint.test` to one endpoint, even if it is turned off. Raises `NotFound`."""
    return send_test_to(owned(user_id=user_id, public_id=public_id), now=now)


def send_test_to(endpoint: Endpoint, *, now: datetime) -> Delivery:
    data = {"endpointId": endpoint.public_id, "message": "This is a test of your webhook endpoint"}
    # Never saved: a test is no event of the account.
    event = Event(
        user_id=endpoint.user_id,
        type=catalogue.TEST,
        subject=endpoint.public_id,
        data=json.dumps(data),
        request_id=current_request_id(),
        created_at=now,
    )
    body = outbox.body_of(event)
    delivery = outbox.new_delivery(event, body=body, endpoint=endpoint, now=now)
    delivery.save()
    outbox.QUEUE.dispatch()
    return delivery


def signing_secrets(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """The secret, and the previous one while it still signs. Raises `CannotDecrypt`."""
    expires_at = endpoint.previous_expires_at
    overlaps = expires_at is not None and expires_at > now
    sealed = [endpoint.secret, *([endpoint.previous_secret] if overlaps else [])]
    return [decrypt(one) for one in sealed]


def disable(endpoint: Endpoint, *, reason: DisabledReason, error: str, now: datetime) -> bool:
    """Turn an endpoint off for its owner, and end what waits for it; True if it was on."""
    turned_off = Endpoint.objects.filter(pk=endpoint.pk, active=True).update(
        active=False, disabled_at=now, disabled_reason=reason, updated_at=now
    )
    if turned_off:
        outbox.abandon(endpoint_id=endpoint.pk, error=error, now=now)
    return bool(turned_off)


def _locked(*, user_id: int, public_id: str) -> Endpoint:
    rows = Endpoint.objects.select_for_update(no_key=True)
    endpoint = rows.filter(user_id=user_id, public_id=public_id).first()
    if endpoint is None:
        raise NotFound("You have no such webhook endpoint")
    return endpoint


def _check_readable(events: Sequence[str], hidden: Sequence[str]) -> None:
    """Refuse events that the caller may not read, since they are posted to its address."""
    unreadable = [name for name in hidden if catalogue.matches(events, name)]
    if unreadable:
        scope = catalogue.scope_of(unreadable[0])
        raise Forbidden(
            f"This API key lacks the scope {scope}, so it cannot have {unreadable[0]} posted",
            details={"requiredScope": scope, "events": unreadable},
        )


def _check_room(user_id: int) -> None:
    limit = settings.WEBHOOK_ENDPOINTS
    if Endpoint.objects.filter(user_id=user_id).count() >= limit:
        raise Conflict(
            f"You already have {limit} webhook endpoints; delete one before you make another",
            details={"limit": limit},
        )


def _ordered(events: Sequence[str]) -> list[str]:
    """Event types without repetitions, in the order of the catalogue; everything is said by `*`
    alone.
    """
    wanted = set(events)
    return (
        [catalogue.ALL]
        if catalogue.ALL in wanted
        else [name for name in catalogue.FILTERS if name in wanted]
    )
