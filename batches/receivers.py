"""Receivers of removal's signals about images that belong to a batch."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from batches import erasure, finalize
from removal.signals import image_changed, image_withdrawn


@receiver(image_withdrawn)
def withdrawn(*, batch_id: int, erased: bool, now: datetime, **_: Any) -> None:
    """An archive must not keep what was erased, and this may have been the last open image."""
    if erased:
        erasure.forget_image(batch_id=batch_id, now=now)
    finalize.finish_if_done(batch_id=batch_id, now=now)


@receiver(image_changed)
def changed(*, batch_id: int, now: datetime, **_: Any) -> None:
    """The archive holds the version of before: it is written anew in the background."""
    erasure.forget_image(batch_id=batch_id, now=now)
