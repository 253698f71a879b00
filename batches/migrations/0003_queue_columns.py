"""The columns of a work queue on batches.

Columns are only added, indexes are built while the table is written to, and the looser check is
validated without locking out writers, so the previous release goes on working meanwhile.
"""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

_ENDED = ["cancelled", "completed", "failed"]
_OPEN = "batch_open"


def give_up_old_notices(apps: Any, _: Any) -> None:
    """Notices were not sent once they were a day late; now the row itself says so."""
    Batch = apps.get_model("batches", "Batch")  # noqa: N806
    untold = Batch.objects.filter(status__in=_ENDED, notified_at__isnull=True)
    late = untold.filter(completed_at__lt=timezone.now() - timedelta(hours=24))
    late.update(notified_at=F("completed_at"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0002_upload")]

    operations = [
        # New names in the code for columns, and an index, that stay as they are.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("batch", _OPEN),
                migrations.RenameField("batch", "zip_attempts", "attempts"),
                migrations.AlterField(
                    "batch",
                    "attempts",
                    models.PositiveSmallIntegerField(default=0, db_column="zip_attempts"),
                ),
                migrations.RenameField("batch", "rung_at", "last_served_at"),
                migrations.AlterField(
                    "batch", "last_served_at", models.DateTimeField(db_column="rung_at")
                ),
                migrations.AddIndex(
                    "batch",
                    models.Index(
                        fields=["status", "last_served_at"],
                        condition=~Q(status__in=_ENDED),
                        name=_OPEN,
                    ),
                ),
            ],
        ),
        migrations.AddField("batch", "available_at", models.DateTimeField(db_default=Now())),
        migrations.AddField("batch", "dispatched_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "batch",
            "last_error",
            models.CharField(blank=True, default="", db_default="", max_length=500),
        ),
        migrations.RunPython(give_up_old_notices, migrations.RunPython.noop),
        AddConstraintNotValid(
            "batch",
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_expires_at__isnull=True)
                | Q(status="zipping", lease_expires_at__isnull=False)
                | Q(
                    status__in=_ENDED,
                    notified_at__isnull=True,
                    lease_token__isnull=False,
                    lease_expires_at__isnull=False,
                ),
                name="batch_leased_only_in_a_queue",
            ),
        ),
        ValidateConstraint("batch", "batch_leased_only_in_a_queue"),
        migrations.RemoveConstraint("batch", "batch_leased_only_while_zipping"),
        AddIndexConcurrently(
            "batch",
            models.Index(
                fields=["available_at"], condition=Q(status="zipping"), name="batch_archive_due"
            ),
        ),
        AddIndexConcurrently(
            "batch",
            models.Index(
                fields=["available_at"],
                condition=Q(status__in=_ENDED, notified_at__isnull=True),
                name="batch_notice_due",
            ),
        ),
        RemoveIndexConcurrently("batch", "batch_untold"),
    ]
