"""Celery tasks of the statistics."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from adminstats import rollups


@shared_task(name="adminstats.tasks.roll_up")
def roll_up(**_: Any) -> None:
    now = timezone.now()
    rollups.roll_up(now=now)
    rollups.note_subscriptions(now=now)
