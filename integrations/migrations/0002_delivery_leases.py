"""Leases on webhook deliveries. Columns are only added, so the previous release goes on working."""

from django.db import migrations, models
from django.db.models import Q

_DUE = "delivery_due"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_webhooks")]

    operations = [
        # New names in the code for columns, and their index, that stay as they are.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("delivery", _DUE),
                migrations.RenameField("delivery", "next_attempt_at", "available_at"),
                migrations.AlterField(
                    "delivery", "available_at", models.DateTimeField(db_column="next_attempt_at")
                ),
                migrations.RenameField("delivery", "error", "last_error"),
                migrations.AlterField(
                    "delivery",
                    "last_error",
                    models.CharField(blank=True, db_column="error", max_length=300),
                ),
                migrations.AddIndex(
                    "delivery",
                    models.Index(
                        fields=["available_at"], condition=Q(status="pending"), name=_DUE
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "delivery", "dispatched_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField("delivery", "lease_token", models.UUIDField(blank=True, null=True)),
        migrations.AddField(
            "delivery", "lease_expires_at", models.DateTimeField(blank=True, null=True)
        ),
    ]
