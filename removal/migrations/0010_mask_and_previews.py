"""Whether a mask and previews lie beside a result. Results of before have neither; the columns
have defaults in the database, so the previous release goes on working beside it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("removal", "0009_foreground")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="has_mask",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="job",
            name="has_previews",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
