"""Rate limits that operators have set for single users.

There are few, so each process keeps them all and reads them again every `FRESH_S` seconds: a
change is felt everywhere within that time, and a request costs no query of its own.
"""

import logging
import threading
import time
from collections.abc import Mapping

from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Now

from common.models import RateLimitOverride

logger = logging.getLogger(__name__)

FRESH_S = 10.0

Limits = tuple[int, int, int]
Known = Mapping[tuple[str, str], Limits]


class _Kept:
    """The overrides as last read; while one thread reads them anew, others use the old ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Known = {}
        self._until = 0.0

    def all(self) -> Known:
        if time.monotonic() >= self._until and self._lock.acquire(blocking=False):
            try:
                self._known = _read()
            except DatabaseError:
                logger.warning("the overrides of rate limits could not be read", exc_info=True)
            finally:
                self._until = time.monotonic() + FRESH_S
                self._lock.release()
        return self._known

    def forget(self) -> None:
        self._until = 0.0


_kept = _Kept()


def of(identity: str, policy: str) -> Limits | None:
    """(requests, window in seconds, burst) that count for `identity` instead of the settings'.

    Only users have any: `identity` is then `user:<public id>`. When the database does not answer,
    what was read last goes on counting.
    """
    kind, _, public_id = identity.partition(":")
    return _kept.all().get((public_id, policy)) if kind == "user" else None


def drop(*, user_id: int) -> None:
    """Delete what was set for a user who leaves."""
    RateLimitOverride.objects.filter(user_id=user_id).delete()


def forget() -> None:
    """Read them again at the next request; for the process that changed one."""
    _kept.forget()


def _read() -> Known:
    in_force = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    rows = RateLimitOverride.objects.filter(in_force).values_list(
        "user__public_id", "policy", "limit", "window_s", "burst"
    )
    return {
        (user, policy): (limit, window_s, burst) for user, policy, limit, window_s, burst in rows
    }
