from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_api_key_second_factor'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='model',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
    ]
