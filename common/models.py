"""What the shared kernel keeps in the database."""

from django.db import models


class IdempotencyRecord(models.Model):
    """One answered, or still running, request that carried an `Idempotency-Key`.

    `status` is empty while the request runs. `lock` is the token of the process that runs it and
    may be taken over once `locked_until` has passed.
    """

    owner = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    lock = models.UUIDField()
    locked_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, default="")
    body = models.TextField(default="")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "endpoint", "key"], name="idempotency_one_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.endpoint} {self.key}"
