"""An image on its way into a batch: sent by the customer, or fetched from an address."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.ids import PublicIdField
from common.workqueue import QueueRow

_SENT = Q(source_url="")
# The rows of the work queue of fetches.
TO_FETCH = ~_SENT & Q(arrived_at__isnull=True, failed_at__isnull=True)


class Upload(QueueRow):
    """An announced image. Whether it has arrived is for storage to say: it may never pass by us.
    `arrived_at` is when that was first seen.

    `size` is in bytes. Once a batch has used it (`used_at`), the object under `key` belongs to a
    job of that batch. `reference` is the customer's own mark for the file.

    With a `source_url`, workers fetch the image from there (`batches.uploads.fetching`). Until it
    has arrived there is no `key`, type or size; `failed_at` is when the fetch was given up, for the
    reason in `error_code` and `error_message`.
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
    reference = models.CharField(max_length=200, blank=True, default="", db_default="")
    content_type = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField()
    key = models.CharField(max_length=200, blank=True)
    source_url = models.CharField(max_length=2048, blank=True, default="", db_default="")
    available_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    error_message = models.CharField(max_length=300, blank=True, default="", db_default="")
    batch_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
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
            models.Index(fields=["available_at"], name="upload_fetch_due", condition=TO_FETCH),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1)
                | (~_SENT & Q(size=0, key="", arrived_at__isnull=True, used_at__isnull=True)),
                name="upload_has_bytes_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, batch_id__isnull=True)
                | Q(used_at__isnull=False, batch_id__isnull=False),
                name="upload_used_by_a_batch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
