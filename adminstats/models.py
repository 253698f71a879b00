"""Hourly rollups, so that statistics need not read all jobs again.

Everything here is derived from jobs, holds and subscriptions; `manage.py rebuild_stats` recomputes
it.
"""

from typing import ClassVar

from django.db import models


class JobHour(models.Model):
    """Jobs of one tier that ended within one hour (`hour` is its beginning, UTC)."""

    hour = models.DateTimeField()
    tier = models.CharField(max_length=20)
    completed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField()

    objects: ClassVar[models.Manager["JobHour"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hour", "tier"], name="adminstats_one_hour_per_tier"),
        ]
        permissions = [
            ("view_statistics", "Can see the platform's statistics and revenue"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.tier}"


class CreditHour(models.Model):
    """Credits that were charged within one hour."""

    hour = models.DateTimeField(unique=True)
    credits = models.BigIntegerField()

    objects: ClassVar[models.Manager["CreditHour"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.credits}"


class CountHour(models.Model):
    """The number of named occurrences within one hour: failures by error code, and sign-ups, which
    have no name.
    """

    class Kind(models.TextChoices):
        FAILED = "failed", "failed jobs"
        REGISTERED = "registered", "sign-ups"

    hour = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField()

    objects: ClassVar[models.Manager["CountHour"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "hour", "name"], name="adminstats_one_hour_per_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.kind} {self.name} {self.count}"


class CustomerDay(models.Model):
    """Credits that one user was charged on one UTC day. The row stays when the user is deleted."""

    day = models.DateField()
    user_key = models.BigIntegerField()
    credits = models.BigIntegerField()

    objects: ClassVar[models.Manager["CustomerDay"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "user_key"], name="adminstats_one_day_per_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.user_key} {self.credits}"


class Progress(models.Model):
    """The progress of the roll-up: hours up to `until`, exclusive, are counted. The table has one
    row.
    """

    until = models.DateTimeField()

    objects: ClassVar[models.Manager["Progress"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="adminstats_one_progress"),
        ]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:00}"


class SubscriptionDay(models.Model):
    """The monthly revenue of subscriptions at the end of one UTC day, in rupiah."""

    day = models.DateField(unique=True)
    active = models.PositiveIntegerField()
    mrr_idr = models.BigIntegerField()

    objects: ClassVar[models.Manager["SubscriptionDay"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.day}: {self.active}"
