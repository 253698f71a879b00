"""Webhook endpoints, recorded events, and the log of attempts. Columns are only added, so the
previous release goes on working.
"""

import common.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0003_repeats"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("duration_ms", models.PositiveIntegerField()),
                ("request_headers", models.JSONField()),
                ("response_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("response_excerpt", models.CharField(blank=True, max_length=1024)),
                ("error", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "integrations_webhook_attempt",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", common.ids.PublicIdField(prefix="hook")),
                ("url", models.CharField(max_length=2000)),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("secret", models.TextField()),
                ("previous_secret", models.TextField(blank=True)),
                ("previous_expires_at", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("disabled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "disabled_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("failing", "failing"),
                            ("gone", "gone"),
                            ("operator", "operator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "webhook endpoint",
                "db_table": "integrations_webhook_endpoint",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", common.ids.PublicIdField(prefix="evt")),
                ("sequence", models.BigIntegerField(blank=True, null=True)),
                ("type", models.CharField(max_length=60)),
                ("subject", models.CharField(blank=True, max_length=40)),
                ("key", models.CharField(max_length=120)),
                ("url", models.CharField(blank=True, max_length=2000)),
                ("data", models.TextField()),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "webhook event",
                "db_table": "integrations_webhook_event",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="EventCounter",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("last", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "integrations_webhook_counter",
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="destination",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="delivery",
            name="duration_ms",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="sequence",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="webhook_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="public_id",
            field=common.ids.PublicIdField(prefix="dlv"),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="response_excerpt",
            field=models.CharField(blank=True, max_length=1024),
        ),
        migrations.AddField(
            model_name="attempt",
            name="delivery",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="log",
                to="integrations.delivery",
            ),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="endpoint",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="integrations.endpoint",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("sequence__isnull", True)),
                fields=["user", "id"],
                name="webhook_event_new",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["user", "subject"], name="webhook_event_subject"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(fields=("user", "key"), name="webhook_event_once"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("user", "sequence"), name="webhook_event_sequence"
            ),
        ),
    ]
