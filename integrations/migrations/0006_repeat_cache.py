"""Results that the cache of a drop-in surface answers with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0005_delivery_indexes")]

    operations = [
        migrations.AddField(
            model_name="repeat", name="results", field=models.JSONField(null=True)
        ),
        migrations.AddField(
            model_name="repeat", name="cached_at", field=models.DateTimeField(null=True)
        ),
    ]
