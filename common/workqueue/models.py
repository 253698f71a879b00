"""The columns of a table whose rows are a work queue."""

from django.db import models


class QueueRow(models.Model):
    """A row that is work until it has ended.

    A row can be claimed from `available_at` on. A claim moves `available_at` to the end of its
    lease, so this one indexed column says which rows can be had, and a row whose worker died comes
    up again by itself. `lease_token` is the fence: only who holds the current token may change the
    row. `attempts` counts claims. `dispatched_at` is when the row was last dispatched to a
    worker.

    Each queue adds a partial index on `available_at` over its open rows. A model may declare a
    field of these anew, for another column name or size.
    """

    available_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        abstract = True
