"""A preset that an account has saved."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Preset(models.Model):
    """Output options under a name of the account's own; `options` as a request has them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    options = models.JSONField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Preset"]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="preset_one_per_name")
        ]

    def __str__(self) -> str:
        return self.name
