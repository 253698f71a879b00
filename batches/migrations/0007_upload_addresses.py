"""Uploads that workers fetch from addresses, and what finds an upload again.

Every column is nullable or has a default in the database, so the previous release goes on working.
The table holds no more than what waits for a batch, so its index and check are made at once.
"""

from typing import Any

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


def forget_addresses(apps: Any, _: Any) -> None:
    """Delete addresses that were not fetched: the former table has no place for them."""
    apps.get_model("batches", "Upload").objects.filter(size=0).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('batches', '0006_rebuild'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='upload',
            name='upload_has_bytes',
        ),
        migrations.AddField(
            model_name='upload',
            name='arrived_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='attempts',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='upload',
            name='available_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name='upload',
            name='dispatched_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='error_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='upload',
            name='error_message',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='upload',
            name='failed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='last_error',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.AddField(
            model_name='upload',
            name='lease_expires_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='lease_token',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='reference',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='upload',
            name='source_url',
            field=models.CharField(blank=True, db_default='', default='', max_length=2048),
        ),
        migrations.AlterField(
            model_name='upload',
            name='content_type',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name='upload',
            name='key',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(condition=models.Q(models.Q(('source_url', ''), _negated=True), ('arrived_at__isnull', True), ('failed_at__isnull', True)), fields=['available_at'], name='upload_fetch_due'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 1), models.Q(models.Q(('source_url', ''), _negated=True), ('arrived_at__isnull', True), ('key', ''), ('size', 0), ('used_at__isnull', True)), _connector='OR'), name='upload_has_bytes_or_an_address'),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_addresses),
    ]
