"""What drop-in surfaces keep of requests: those that may be repeated, and asynchronous ones."""

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
