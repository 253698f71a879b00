"""Limit on pictures that failed free of charge, per account.

A picture that is refused only after the work on it began is free. Whoever sends mostly such
pictures would compute for nothing, so an account may have as many of them within an hour as it
had pictures finished, or as FREE_FAILURES_PER_HOUR says where that is more.
"""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings

from common.http.errors import RateLimited
from removal.errors import CODES_OF_CALLERS
from removal.lifecycle import JobStatus
from removal.models import Job

WINDOW = timedelta(hours=1)


def check(*, user_id: int, now: datetime) -> None:
    """Raises RateLimited (429), with `Retry-After`, for an account that has had too many."""
    recent = Job.objects.filter(user_id=user_id, created_at__gt=now - WINDOW)
    failed = recent.filter(
        status=JobStatus.FAILED, attempts__gt=0, error_code__in=CODES_OF_CALLERS
    ).order_by("-created_at")
    allowed = settings.FREE_FAILURES_PER_HOUR
    if failed.count() < allowed:
        return
    allowed = max(allowed, recent.filter(status=JobStatus.COMPLETED).count())
    # The failure that has to grow an hour old before another picture is taken.
    last = failed.values_list("created_at", flat=True)[allowed - 1 : allowed].first()
    if last is not None:
        wait = ceil((last + WINDOW - now).total_seconds())
        raise RateLimited(
            "Too many pictures of this account could not be cut out, free of charge. Try again "
            "later, with pictures that have a subject",
            details={"failuresPerHour": allowed},
            headers={"Retry-After": str(max(wait, 1))},
        )
