"""Reads of the ledger, scoped to one user."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from billing.models import CreditOrder, Entry, Kind
from common import database

CHUNK = 1000


@dataclass(frozen=True)
class EntryFilter:
    """The filter of a listing; `start` is inclusive, `end` exclusive."""

    kind: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def entries(*, user_id: int, wanted: EntryFilter) -> QuerySet[Entry]:
    """The user's entries, latest first."""
    conditions = {
        "kind": wanted.kind,
        "created_at__gte": wanted.start,
        "created_at__lt": wanted.end,
    }
    given = {name: value for name, value in conditions.items() if value is not None}
    return Entry.objects.filter(account__user_id=user_id, **given).order_by("-sequence")


def orders(*, user_id: int) -> QuerySet[CreditOrder]:
    """The user's orders of credits, latest first."""
    return CreditOrder.objects.filter(user_id=user_id).order_by("-created_at", "-pk")


def was_adjusted(*, key: str) -> bool:
    """Return whether credits were adjusted under this key before."""
    return Entry.objects.filter(kind=Kind.ADJUST, key=key).exists()


def granted_to(*, key: str) -> int | None:
    """The account that received credits under this key."""
    grants = Entry.objects.filter(kind=Kind.GRANT, key=key)
    return grants.values_list("account_id", flat=True).first()


def all_entries(*, user_id: int, wanted: EntryFilter) -> Iterator[list[Entry]]:
    """All entries of a user, oldest first, `CHUNK` at a time.

    It pages by sequence, so it needs neither a cursor nor a long transaction, and holds no database
    connection while its caller processes a chunk.
    """
    ordered = entries(user_id=user_id, wanted=wanted).order_by("sequence")
    last = 0
    while chunk := list(ordered.filter(sequence__gt=last)[:CHUNK]):
        database.release()
        yield chunk
        last = chunk[-1].sequence
