"""Intended calls to Stripe, stored before they are made."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class StripeCall(models.Model):
    """One intended change at Stripe and the idempotency key that it is sent with.

    `subject` is the user or object concerned; at most one call per subject is unfinished. A call
    that ended without an answer stays unfinished: the same intention is then sent again under the
    same key.
    """

    subject = models.CharField(max_length=100)
    action = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    key = models.UUIDField(unique=True)
    locked_until = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    objects: ClassVar[models.Manager["StripeCall"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(finished_at__isnull=True),
                name="billing_one_open_call",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="billing_call_created")]

    def __str__(self) -> str:
        return f"{self.action} for {self.subject}"
