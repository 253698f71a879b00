"""Models of drop-in surfaces: requests that may be repeated, and asynchronous ones."""

import uuid

from django.conf import settings
from django.db import models


class Repeat(models.Model):
    """A request that the same one again joins, until its answer has reached its caller.

    `digest` stands for the surface, the key and all that decides the result. `token` is part of
    the idempotency key of the job. The row goes when the answer has been sent, unless the surface
    has a cache: then `results` are public identifiers of what holds the result, newest last, and
    `cached_at` is when the first of them was finished.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    seen_at = models.DateTimeField(db_index=True)
    results = models.JSONField(null=True)
    cached_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "integrations_repeat"
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="repeat_one_per_request"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class Process(models.Model):
    """A request to the asynchronous service; its key is the identifier that opens the result.

    `job_id` is the job's public identifier. When it ends its owner is written to, or `address`.
    """

    processing_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    job_id = models.CharField(max_length=40, unique=True)
    tells_owner = models.BooleanField(default=False)
    address = models.EmailField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "integrations_process"
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return str(self.processing_id)


class Contribution(models.Model):
    """A picture that a customer gave to improve the models; it is deleted after a time.

    `digest` is SHA-256 of the file, which lies under `key` in storage.
    """

    contribution_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    filename = models.CharField(max_length=255, blank=True)
    tag = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "integrations_contribution"
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="contribution_one_per_picture"),
        ]

    def __str__(self) -> str:
        return str(self.contribution_id)
