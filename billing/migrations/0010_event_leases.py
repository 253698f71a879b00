"""Leases on Stripe's events. Columns are only added, so the previous release goes on working."""

from django.db import migrations, models
from django.db.models import Q

_DUE = "billing_event_due"


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_customer_replaced")]

    operations = [
        # The code has new names for these columns; the columns and their index keep the old ones.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("stripeevent", _DUE),
                migrations.RenameField("stripeevent", "next_attempt_at", "available_at"),
                migrations.AlterField(
                    "stripeevent",
                    "available_at",
                    models.DateTimeField(db_column="next_attempt_at"),
                ),
                migrations.RenameField("stripeevent", "error", "last_error"),
                migrations.AlterField(
                    "stripeevent",
                    "last_error",
                    models.TextField(blank=True, db_column="error"),
                ),
                migrations.AddIndex(
                    "stripeevent",
                    models.Index(
                        fields=["available_at"], condition=Q(status="pending"), name=_DUE
                    ),
                ),
                migrations.AlterField(
                    "stripeevent",
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "waiting"),
                            ("done", "done"),
                            ("ignored", "ignored"),
                            ("failed", "given up"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "stripeevent", "dispatched_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField("stripeevent", "lease_token", models.UUIDField(blank=True, null=True)),
        migrations.AddField(
            "stripeevent", "lease_expires_at", models.DateTimeField(blank=True, null=True)
        ),
    ]
