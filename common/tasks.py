"""Housekeeping that beat rings."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from common.http.idempotency import store


@shared_task
def purge_idempotency(**_: Any) -> None:
    store.purge(now=timezone.now())
