"""Debts: credits that were spent before their payment was taken back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Debt(models.Model):
    """A debt of an account: `credits` in all, of which `paid` were collected later.

    A balance never goes below zero, so a refund takes the available credits and the rest is
    recorded here.
    """

    account = models.ForeignKey("billing.Account", on_delete=models.PROTECT, related_name="debts")
    key = models.CharField(max_length=200, unique=True)
    reason = models.CharField(max_length=300)
    reference = models.CharField(max_length=200, blank=True, default="", db_default="")
    credits = models.BigIntegerField()
    paid = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Debt"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(credits__gt=0, paid__gte=0, paid__lte=F("credits")),
                name="billing_debt_paid_at_most_whole",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, paid__lt=F("credits"))
                | Q(paid_at__isnull=False, paid=F("credits")),
                name="billing_debt_paid_in_full",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "id"],
                condition=Q(paid_at__isnull=True),
                name="billing_debt_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credits - self.paid} credits owed"
