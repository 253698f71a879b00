from django.db import migrations, models


def count_again(apps, schema_editor):
    """Let the next roll-up count the past anew, for the new tables as well; it is live till then."""
    apps.get_model("adminstats", "Progress").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('adminstats', '0002_permission_to_see_statistics'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('kind', models.CharField(choices=[('failed', 'failed jobs'), ('registered', 'sign-ups')], max_length=12)),
                ('name', models.CharField(blank=True, max_length=40)),
                ('count', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'hour', 'name'), name='adminstats_one_hour_per_name')],
            },
        ),
        migrations.CreateModel(
            name='CustomerDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('user_key', models.BigIntegerField()),
                ('credits', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'user_key'), name='adminstats_one_day_per_customer')],
            },
        ),
        migrations.RunPython(count_again, migrations.RunPython.noop),
    ]
