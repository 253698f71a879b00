"""The kinds of e-mails about money, and the previous release's table for them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class MailKind(models.TextChoices):
    RECEIPT = "receipt", "receipt"
    PAYMENT_FAILED = "payment_failed", "payment failed"
    CANCELLATION = "cancellation", "cancellation"
    SUBSCRIPTION_ENDED = "subscription_ended", "subscription ended"
    QUOTA_NEARLY_USED = "quota_nearly_used", "quota at 80 %"
    CREDITS_LOW = "credits_low", "credits low"


class BillingMail(models.Model):
    """A mail that the previous release recorded; `billing.mails.legacy` moves it to the outbox."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=MailKind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    context = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects: ClassVar[models.Manager["BillingMail"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(sent_at__isnull=True),
                name="billing_mail_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
