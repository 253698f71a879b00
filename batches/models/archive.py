"""An archive that is to be written anew."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.workqueue import QueueRow


class Rebuild(QueueRow):
    """The work of writing the archive of an ended batch once more, without images that were erased
    since; one row for a batch, which asks again when another image is erased.
    """

    batch = models.OneToOneField("batches.Batch", on_delete=models.CASCADE, related_name="rebuild")
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Rebuild"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=Q(ended_at__isnull=True),
                name="batch_rebuild_due",
            ),
        ]

    def __str__(self) -> str:
        return f"the new archive of batch {self.batch_id}"
