"""Limits on the number of images in a batch and on their bytes."""

from collections.abc import Sequence

from django.conf import settings

from billing.errors import BatchTooLarge
from billing.pricing import BATCH_MAX, BATCH_MIN
from common.http.errors import InvalidInput


def check_sizes(sizes: Sequence[int], *, least: int = BATCH_MIN) -> None:
    """Check images of so many bytes each.

    Raises InvalidInput (400) for fewer than `least`, BatchTooLarge (400) for too many or when
    they have more than `BATCH_MAX_BYTES` together.
    """
    check_count(len(sizes), least=least)
    total, most = sum(sizes), settings.BATCH_MAX_BYTES
    if total > most:
        raise BatchTooLarge(
            f"The images have {total:,} bytes together; at most {most:,} are allowed",
            details={"bytes": total, "maxBytes": most},
        )


def check_count(count: int, *, least: int = BATCH_MIN) -> None:
    """The first half of `check_sizes`."""
    details = {"imageCount": count, "minimum": least, "maximum": BATCH_MAX}
    if count < least:
        raise InvalidInput(f"At least {least} images are needed, not {count}", details=details)
    if count > BATCH_MAX:
        raise BatchTooLarge(f"A batch has at most {BATCH_MAX} images, not {count}", details=details)
