"""Daily quota counters of plans, which cannot be exceeded."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.pricing import Tier


class QuotaDay(models.Model):
    """One user's use of the quota of one UTC day.

    The limits are those of the plan that granted the latest image, so a plan change during the day
    takes effect here; what was taken under the earlier plan stays counted.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    used = models.IntegerField(default=0)
    used_limit = models.IntegerField()
    professional_used = models.IntegerField(default=0)
    professional_limit = models.IntegerField()

    objects: ClassVar[models.Manager["QuotaDay"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="billing_quota_day"),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("used_limit")), name="billing_quota_in_limit"
            ),
            models.CheckConstraint(
                condition=Q(
                    professional_used__gte=0,
                    professional_used__lte=F("professional_limit"),
                )
                & Q(professional_used__lte=F("used")),
                name="billing_quota_professional_in_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.used} of {self.used_limit}"


class QuotaUse(models.Model):
    """One image that a subscription pays for; `returned_at` is set when the image was given
    back.
    """

    key = models.CharField(max_length=200, unique=True)
    quota_day = models.ForeignKey(QuotaDay, on_delete=models.CASCADE, related_name="uses")
    tier = models.CharField(max_length=20, choices=[(tier.value, tier.value) for tier in Tier])
    reference = models.CharField(max_length=200)
    taken_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["QuotaUse"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.tier} for {self.reference}"
