"""A place in storage that a customer may fill with one image."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import PublicIdField


class Upload(models.Model):
    """An announced image. Whether it has arrived is for storage to say: it may never pass by us.

    `size` is in bytes. Once a batch has used it (`used_at`), the object under `key` belongs to a
    job of that batch.
    """

    public_id = PublicIdField(prefix="upl")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    batch_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Upload"]] = models.Manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["user", "expires_at"],
                name="upload_outstanding",
                condition=Q(used_at__isnull=True),
            ),
            models.Index(fields=["expires_at"], name="upload_by_expiry"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=1), name="upload_has_bytes"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, batch_id__isnull=True)
                | Q(used_at__isnull=False, batch_id__isnull=False),
                name="upload_used_by_a_batch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
