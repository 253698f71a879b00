"""The columns of a work queue on jobs, and the indexes that find the next one whatever waits.

Columns are only added, and indexes are built while the table is written to, so the previous release
goes on working meanwhile.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

_QUEUED = "job_queued"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("removal", "0004_results_settled")]

    operations = [
        # A new name in the code for a column, and an index, that stay as they are.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("job", _QUEUED),
                migrations.RenameField("job", "rung_at", "available_at"),
                migrations.AlterField(
                    "job", "available_at", models.DateTimeField(db_column="rung_at")
                ),
                migrations.AddIndex(
                    "job",
                    models.Index(
                        fields=["available_at"], condition=Q(status="queued"), name=_QUEUED
                    ),
                ),
            ],
        ),
        migrations.AddField("job", "dispatched_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "job",
            "last_error",
            models.CharField(blank=True, default="", db_default="", max_length=500),
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["available_at", "id"],
                name="job_next_single",
                condition=Q(status="queued", batch_id__isnull=True),
            ),
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["batch_id", "attempts", "position"],
                name="job_next_in_batch",
                condition=Q(status="queued", batch_id__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["attempts"],
                name="job_tried_before",
                condition=Q(status="queued", attempts__gt=0),
            ),
        ),
    ]
