"""Results that their owners called bad, and the free retries of these. Columns are only added, with
defaults in the database, and the index is built while the table is written to.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("removal", "0010_mask_and_previews")]

    operations = [
        migrations.AddField("job", "reported_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "job",
            "retried_as",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            "job",
            "retry_of",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["reported_at"],
                name="job_reported",
                condition=Q(reported_at__isnull=False),
            ),
        ),
    ]
