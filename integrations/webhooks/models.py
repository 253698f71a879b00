"""Webhook deliveries and the secrets that sign them."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import PublicIdField
from common.workqueue import QueueRow


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class SigningSecret(models.Model):
    """A signing secret of an account. Without `expires_at` it is the current one; the previous one
    goes on signing until it expires.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    secret = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["SigningSecret"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(expires_at__isnull=True),
                name="signing_secret_one_current",
            )
        ]

    def __str__(self) -> str:
        return f"secret of {self.created_at:%Y-%m-%d}"


class Delivery(QueueRow):
    """The delivery of one event to one address. The table is a work queue: `pending` rows are sent
    when due.

    Two columns keep their former names, so that the previous release goes on working during an
    upgrade.
    """

    public_id = PublicIdField(prefix="evt")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=60)
    subject = models.CharField(max_length=40)
    url = models.CharField(max_length=2000)
    body = models.TextField()
    request_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(
        max_length=12,
        choices=[(status.value, status.value) for status in DeliveryStatus],
        default=DeliveryStatus.PENDING.value,
    )
    available_at = models.DateTimeField(db_column="next_attempt_at")
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_excerpt = models.CharField(max_length=500, blank=True)
    last_error = models.CharField(max_length=300, blank=True, db_column="error")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Delivery"]] = models.Manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["available_at"], name="delivery_due", condition=Q(status="pending")
            ),
            models.Index(fields=["ended_at"], name="delivery_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject", "event", "url"], name="delivery_once_per_event"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", ended_at__isnull=True)
                | Q(status__in=["delivered", "dead"], ended_at__isnull=False),
                name="delivery_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
