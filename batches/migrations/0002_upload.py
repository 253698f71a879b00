import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('batches', '0001_batch'),
    ]

    operations = [
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', common.ids.PublicIdField(prefix='upl')),
                ('filename', models.CharField(blank=True, max_length=200)),
                ('content_type', models.CharField(max_length=20)),
                ('size', models.PositiveIntegerField()),
                ('key', models.CharField(max_length=200)),
                ('batch_id', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('used_at__isnull', True)), fields=['user', 'expires_at'], name='upload_outstanding'), models.Index(fields=['expires_at'], name='upload_by_expiry')],
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gte', 1)), name='upload_has_bytes'), models.CheckConstraint(condition=models.Q(models.Q(('batch_id__isnull', True), ('used_at__isnull', True)), models.Q(('batch_id__isnull', False), ('used_at__isnull', False)), _connector='OR'), name='upload_used_by_a_batch')],
            },
        ),
    ]
