"""Calendar arithmetic of billing periods."""

import calendar
from datetime import UTC, datetime, timedelta

_DAYS = {"day": 1, "week": 7}


def add(anchor: int, interval: str, count: int) -> int:
    """The time `count` intervals after `anchor` (seconds since 1970); a day that the month lacks
    becomes its last one.
    """
    start = datetime.fromtimestamp(anchor, UTC)
    if interval in _DAYS:
        return int((start + timedelta(days=_DAYS[interval] * count)).timestamp())
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def end_after(anchor: int, moment: int, interval: str, count: int) -> int:
    """The end of the period, counted from `anchor`, that contains `moment`."""
    n = 1
    while (end := add(anchor, interval, n * count)) <= moment:
        n += 1
    return end
