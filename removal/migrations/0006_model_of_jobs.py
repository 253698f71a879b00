from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('removal', '0005_queue_columns'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='engine',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
        migrations.AddField(
            model_name='job',
            name='model_version',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='job',
            name='usual_model',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
    ]
