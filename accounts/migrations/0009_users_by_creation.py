from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexed while the running release writes to these tables.
    atomic = False

    dependencies = [
        ('accounts', '0008_api_key_model'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(fields=['created_at'], name='accounts_user_by_creation'),
        ),
    ]
