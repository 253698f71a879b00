"""The spans of time that statistics may cover; a pure module."""

from datetime import datetime, timedelta
from enum import StrEnum


class Period(StrEnum):
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    ALL = "all"

    def since(self, now: datetime) -> datetime | None:
        """The beginning of the period that ends now; None for a period without one."""
        length = _LENGTHS.get(self)
        return now - length if length else None


_LENGTHS = {
    Period.DAY: timedelta(hours=24),
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=30),
    Period.QUARTER: timedelta(days=90),
}
