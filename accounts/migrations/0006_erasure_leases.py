"""Leases on erasures. Columns are only added, so the previous release goes on working."""

from django.db import migrations, models
from django.db.models import Q

_DUE = "erasure_due"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_existing_users_are_verified")]

    operations = [
        # New names in the code for columns, and their index, that stay as they are.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("erasure", _DUE),
                migrations.RenameField("erasure", "due_at", "available_at"),
                migrations.AlterField(
                    "erasure", "available_at", models.DateTimeField(db_column="due_at")
                ),
                migrations.RenameField("erasure", "error", "last_error"),
                migrations.AlterField(
                    "erasure",
                    "last_error",
                    models.CharField(blank=True, db_column="error", max_length=500),
                ),
                migrations.AddIndex(
                    "erasure",
                    models.Index(
                        fields=["available_at"], condition=Q(finished_at__isnull=True), name=_DUE
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "erasure", "dispatched_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField("erasure", "lease_token", models.UUIDField(blank=True, null=True)),
        migrations.AddField(
            "erasure", "lease_expires_at", models.DateTimeField(blank=True, null=True)
        ),
    ]
