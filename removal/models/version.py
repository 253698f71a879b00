"""A version of a job's result."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from common.workqueue import QueueRow
from removal.keys import new_token
from removal.models.job import Job


class Version(QueueRow):
    """One rendering of a job's original; the row is the queue, and `queued` rows are work.

    Number 1 is the first result, written down when a second version is asked for. `mask_key` is the
    mask to render with: one that was sent, or the one beside an earlier version's result.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        COMPLETED = "completed"
        FAILED = "failed"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    options: Any = models.JSONField(default=dict, blank=True)
    background_key = models.CharField(max_length=200, blank=True)
    mask_key = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    fingerprint = models.CharField(max_length=64, blank=True)

    result_token = models.CharField(max_length=32, default=new_token, editable=False)
    result_key = models.CharField(max_length=200, blank=True)
    result_size = models.PositiveIntegerField(null=True, blank=True)
    result_width = models.PositiveIntegerField(null=True, blank=True)
    result_height = models.PositiveIntegerField(null=True, blank=True)
    result_format = models.CharField(max_length=8, blank=True)
    foreground = models.JSONField(null=True, blank=True)
    has_previews = models.BooleanField(default=False)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Version"]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [
            models.Index(fields=["available_at"], name="version_due", condition=Q(status="queued")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="version_one_per_number"),
            models.UniqueConstraint(
                fields=["job", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="version_one_per_idempotency_key",
            ),
            models.CheckConstraint(
                condition=Q(status="completed") | Q(result_key=""),
                name="version_only_completed_has_result",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.job_id}"
