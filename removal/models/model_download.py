"""The download of a model file that an operator asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.workqueue import QueueRow


class ModelDownload(QueueRow):
    """One row for each model that was ever asked for; the row is the queue.

    `host` is the machine into whose model home the file went, or is going. A row with
    `finished_at` and a `last_error` has failed for good; asking again opens it anew.
    """

    name = models.CharField(max_length=60, unique=True)
    requested_at = models.DateTimeField()
    host = models.CharField(max_length=255, blank=True, default="")
    bytes_done = models.BigIntegerField(default=0)
    bytes_total = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ModelDownload"]] = models.Manager()

    class Meta:
        verbose_name = "model file"
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=Q(finished_at__isnull=True),
                name="model_download_due",
            ),
        ]

    def __str__(self) -> str:
        return f"download of {self.name}"
