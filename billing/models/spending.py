"""Spending of credits by day and API key, and the caps on it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.ledger import Account


class CapPeriod(models.TextChoices):
    """The time that a cap counts over, in UTC. The values are those of Postgres' `date_trunc`."""

    DAY = "day", "day"
    MONTH = "month", "month"


class Spending(models.Model):
    """The credits that holds of one UTC day have set aside or charged, for one API key.

    `api_key` is the key's public identifier, or empty for requests of a person's own session. What
    a hold releases is taken off the day on which it was placed.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="spending", db_index=False
    )
    day = models.DateField()
    api_key = models.CharField(max_length=40, blank=True, default="")
    credits = models.BigIntegerField()

    objects: ClassVar[models.Manager["Spending"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day", "api_key"], name="billing_spending_day"
            ),
            models.CheckConstraint(
                condition=Q(credits__gte=0), name="billing_spending_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.credits} credits"


class SpendingCap(models.Model):
    """The most credits that may be spent in a period: by one API key, or by the whole account."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="caps", db_index=False
    )
    api_key = models.CharField(max_length=40, blank=True, default="")
    period = models.CharField(max_length=5, choices=CapPeriod)
    credits = models.BigIntegerField()

    objects: ClassVar[models.Manager["SpendingCap"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "api_key"], name="billing_cap_once"),
            models.CheckConstraint(condition=Q(credits__gte=0), name="billing_cap_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.credits} credits a {self.period}"
