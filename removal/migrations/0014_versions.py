"""Versions of results, and which of them the job shows. Columns have defaults in the database."""

import django.db.models.deletion
import removal.keys
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('removal', '0013_steps'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='version',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('available_at', models.DateTimeField()),
                ('dispatched_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_token', models.UUIDField(blank=True, null=True)),
                ('lease_expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, db_default='', default='', max_length=500)),
                ('number', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('completed', 'Completed'), ('failed', 'Failed')], default='queued', max_length=12)),
                ('options', models.JSONField(blank=True, default=dict)),
                ('background_key', models.CharField(blank=True, max_length=200)),
                ('mask_key', models.CharField(blank=True, max_length=200)),
                ('idempotency_key', models.CharField(blank=True, max_length=255, null=True)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('result_token', models.CharField(default=removal.keys.new_token, editable=False, max_length=32)),
                ('result_key', models.CharField(blank=True, max_length=200)),
                ('result_size', models.PositiveIntegerField(blank=True, null=True)),
                ('result_width', models.PositiveIntegerField(blank=True, null=True)),
                ('result_height', models.PositiveIntegerField(blank=True, null=True)),
                ('result_format', models.CharField(blank=True, max_length=8)),
                ('foreground', models.JSONField(blank=True, null=True)),
                ('has_previews', models.BooleanField(default=False)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='removal.job')),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(condition=models.Q(('status', 'queued')), fields=['available_at'], name='version_due')],
                'constraints': [models.UniqueConstraint(fields=('job', 'number'), name='version_one_per_number'), models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('job', 'idempotency_key'), name='version_one_per_idempotency_key'), models.CheckConstraint(condition=models.Q(('status', 'completed'), ('result_key', ''), _connector='OR'), name='version_only_completed_has_result')],
            },
        ),
    ]
