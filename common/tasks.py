"""Housekeeping that beat rings."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from common import replay


@shared_task
def purge_idempotency(**_: Any) -> None:
    replay.purge(now=timezone.now())
