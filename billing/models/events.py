"""Stripe events; the table is a work queue."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.workqueue import QueueRow


class EventStatus(models.TextChoices):
    PENDING = "pending", "waiting"
    DONE = "done", "done"
    IGNORED = "ignored", "ignored"
    FAILED = "failed", "given up"


class StripeEvent(QueueRow):
    """One event, stored as it was received. Its payload only says which object to fetch.

    Attempts that Stripe did not answer are not counted. Two columns keep their former names, so
    that the previous release goes on working during an upgrade.
    """

    stripe_id = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=100)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=100, blank=True)
    payload = models.JSONField()
    source = models.CharField(
        max_length=10, choices=[("webhook", "webhook"), ("reconciler", "reconciler")]
    )
    created_at = models.DateTimeField("happened")
    received_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=EventStatus, default=EventStatus.PENDING)
    available_at = models.DateTimeField(db_column="next_attempt_at")
    processed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, db_column="error")

    objects: ClassVar[models.Manager["StripeEvent"]] = models.Manager()

    class Meta:
        verbose_name = "Stripe event"
        permissions = [("replay_stripeevent", "Can replay a Stripe event")]
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=Q(status="pending"),
                name="billing_event_due",
            ),
            models.Index(fields=["-received_at"], name="billing_event_received"),
            models.Index(fields=["object_id"], name="billing_event_object"),
            models.Index(fields=["type"], name="billing_event_by_type"),
            models.Index(
                fields=["-received_at"], condition=Q(status="failed"), name="billing_event_failed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"


class Reconciliation(models.Model):
    """A complete comparison with Stripe; the next one covers the events since its begin."""

    started_at = models.DateTimeField(db_index=True)
    missed_events = models.PositiveIntegerField()
    subscriptions = models.PositiveIntegerField()
    orders = models.PositiveIntegerField()

    objects: ClassVar[models.Manager["Reconciliation"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
