from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('removal', '0006_model_of_jobs'),
    ]

    operations = [
        # With a default of the database: no row is rewritten, and the previous release, which
        # does not know the column, can go on inserting.
        migrations.AddField(
            model_name='job',
            name='webhook_url',
            field=models.CharField(blank=True, db_default='', default='', max_length=2000),
        ),
    ]
