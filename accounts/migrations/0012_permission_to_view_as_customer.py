from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_data_exports'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='user',
            options={'permissions': [('view_as_customer', 'Can look at the dashboard as a customer sees it')]},
        ),
    ]
