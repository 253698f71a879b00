"""Fair claims of due deliveries: no destination and no account gets more than its share.

A receiver that answers slowly, or not at all, holds its own few attempts and nobody else's. The
destinations that have something pending are found one by one through an index, so the cost of a
claim depends on how many there are and not on how much waits for each.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from integrations.models import Delivery
from integrations.webhooks import backoff, outbox

# Attempts under way at the same time, over all workers.
PER_DESTINATION = 8
PER_ACCOUNT = 24
# Destinations that one statement looks at.
_AT_ONCE = 100
# Names the advisory lock that lets one claim run at a time, so that the shares hold exactly.
_LOCK = 0x77686B

_IN_FLIGHT = """
    SELECT destination, user_id FROM integrations_delivery
     WHERE status = 'pending' AND lease_token IS NOT NULL AND lease_expires_at > %(now)s
"""
_DUE = """
    WITH RECURSIVE found (destination, number) AS (
        (SELECT destination, 1 FROM integrations_delivery
          WHERE status = 'pending' AND (%(after)s::text IS NULL OR destination > %(after)s)
          ORDER BY destination LIMIT 1)
         UNION ALL
        SELECT (SELECT next.destination FROM integrations_delivery next
                 WHERE next.status = 'pending' AND next.destination > found.destination
                 ORDER BY next.destination LIMIT 1), number + 1
          FROM found
         WHERE found.destination IS NOT NULL AND number < %(at_once)s
    )
    SELECT found.destination, due.id, due.user_id, due.next_attempt_at
      FROM found LEFT JOIN LATERAL (
           SELECT id, user_id, next_attempt_at FROM integrations_delivery
            WHERE status = 'pending' AND destination = found.destination
              AND next_attempt_at <= %(now)s AND attempts < %(attempts)s
              AND (lease_expires_at IS NULL OR lease_expires_at <= %(now)s)
            ORDER BY next_attempt_at, id LIMIT %(share)s
           ) due ON true
     WHERE found.destination IS NOT NULL
     ORDER BY found.destination, due.next_attempt_at, due.id
"""


@dataclass(frozen=True)
class _Due:
    """A delivery that is due; `place` is its position among those of its destination."""

    pk: int
    destination: str
    user_id: int
    available_at: datetime
    place: int


@dataclass
class Shares:
    """Deliveries in flight of each destination and account, against its share."""

    destinations: Counter[str] = field(default_factory=Counter)
    accounts: Counter[int] = field(default_factory=Counter)

    def in_turn(self, page: Iterable[_Due]) -> list[_Due]:
        """First for whom the fewest attempts are under way, as each is given its next."""
        flying = Counter(self.destinations)
        return sorted(
            page, key=lambda one: (flying[one.destination] + one.place, one.available_at, one.pk)
        )

    def take(self, destination: str, user_id: int) -> bool:
        """Count one more, unless a share is used up."""
        if (
            self.destinations[destination] >= PER_DESTINATION
            or self.accounts[user_id] >= PER_ACCOUNT
        ):
            return False
        self.destinations[destination] += 1
        self.accounts[user_id] += 1
        return True


@dataclass
class Claimer:
    """Claims deliveries for one worker; goes on after the last destination that it looked at."""

    _after: str | None = None

    @transaction.atomic
    def claim(self, *, now: datetime, limit: int) -> list[Delivery]:
        """Lease up to `limit` due deliveries, those of each destination in the order in which they
        became due, and first for whom the fewest attempts are under way.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
        shares = _in_flight(now)
        chosen: dict[int, None] = {}
        for page in self._pages(now):
            for due in shares.in_turn(page):
                if len(chosen) >= limit:
                    break
                if due.pk not in chosen and shares.take(due.destination, due.user_id):
                    chosen[due.pk] = None
            if len(chosen) >= limit:
                break
        return _leased(list(chosen), now)

    def _pages(self, now: datetime) -> Iterator[list[_Due]]:
        """Due deliveries, a page of destinations at a time, each destination once."""
        began, wrapped = self._after, self._after is None
        while True:
            destinations, due = _page(self._after, now)
            is_last = len(destinations) < _AT_ONCE
            self._after = None if is_last else destinations[-1]
            yield due
            if wrapped and (is_last or began in destinations):
                return
            wrapped = wrapped or is_last


def _page(after: str | None, now: datetime) -> tuple[list[str], list[_Due]]:
    """The next destinations with anything pending, in order, and what is due to them."""
    values = {
        "after": after,
        "now": now,
        "attempts": backoff.MAX_ATTEMPTS,
        "share": PER_DESTINATION,
        "at_once": _AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        rows: list[Any] = cursor.fetchall()
    places: Counter[str] = Counter()
    page = []
    for destination, pk, user_id, available_at in rows:
        if pk is not None:
            places[destination] += 1
            page.append(_Due(pk, destination, user_id, available_at, places[destination]))
    return list(dict.fromkeys(row[0] for row in rows)), page


def _in_flight(now: datetime) -> Shares:
    with connection.cursor() as cursor:
        cursor.execute(_IN_FLIGHT, {"now": now})
        rows = cursor.fetchall()
    return Shares(Counter(row[0] for row in rows), Counter(row[1] for row in rows))


def _leased(chosen: list[int], now: datetime) -> list[Delivery]:
    """Lease these, but for what has ended or was replayed meanwhile; in this order."""
    due = outbox.QUEUE.due(now=now).filter(pk__in=chosen)
    rows = list(due.select_for_update(skip_locked=True, of=("self",)))
    rows.sort(key=lambda row: chosen.index(row.pk))
    outbox.QUEUE.take(rows, now=now)
    return rows
