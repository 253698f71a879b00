"""The place of the subject in a result, for surfaces that say so. The column is nullable, so adding
it rewrites nothing, and the previous release goes on working beside it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("removal", "0008_model_downloads")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="foreground",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
