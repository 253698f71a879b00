"""The turn of each open batch, found by an index whatever waits.

The columns have defaults, so the previous release goes on working; what it does not count is
corrected by the sweep.
"""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Count, Q
from django.db.models.functions import Now

_WORKING = ["pending", "processing"]


def count_waiting(apps: Any, _: Any) -> None:
    """Only batches that are open, which are few beside all that ever were."""
    Batch = apps.get_model("batches", "Batch")  # noqa: N806
    Job = apps.get_model("removal", "Job")  # noqa: N806
    queued = Job.objects.filter(status="queued", batch_id__isnull=False)
    counts = dict(queued.order_by().values_list("batch_id").annotate(images=Count("pk")))
    for batch in Batch.objects.filter(status__in=_WORKING).only("pk", "last_served_at"):
        waiting = counts.get(batch.pk, 0)
        turn_at = batch.last_served_at + timedelta(seconds=waiting)
        Batch.objects.filter(pk=batch.pk).update(waiting_images=waiting, turn_at=turn_at)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0004_price_in_the_end"), ("removal", "0005_queue_columns")]

    operations = [
        migrations.AddField(
            "batch",
            "waiting_images",
            models.PositiveSmallIntegerField(default=0, db_default=0),
        ),
        migrations.AddField("batch", "turn_at", models.DateTimeField(db_default=Now())),
        migrations.RunPython(count_waiting, migrations.RunPython.noop),
        AddIndexConcurrently(
            "batch",
            models.Index(
                fields=["turn_at", "id"],
                include=["user", "waiting_images", "last_served_at"],
                name="batch_turn",
                condition=Q(status__in=_WORKING, waiting_images__gt=0),
            ),
        ),
        AddIndexConcurrently(
            "batch",
            models.Index(
                fields=["user", "turn_at", "id"],
                name="batch_turn_of_user",
                condition=Q(status__in=_WORKING, waiting_images__gt=0),
            ),
        ),
        AddIndexConcurrently(
            "batch",
            models.Index(
                fields=["id"],
                name="batch_emptied",
                condition=Q(status__in=_WORKING)
                & (Q(waiting_images=0) | Q(cancel_requested_at__isnull=False)),
            ),
        ),
    ]
