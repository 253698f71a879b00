"""Indexes of webhook deliveries by endpoint and destination, built without locking the table.

A delivery is now unique by address only where it goes to no endpoint. The new index is there before
the old constraint goes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

_TABLE = "integrations_delivery"


def _unique(
    name: str, columns: str, where: str, constraint: models.UniqueConstraint
) -> migrations.SeparateDatabaseAndState:
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {_TABLE} ({columns}) WHERE {where}",
                f"DROP INDEX CONCURRENTLY {name}",
            )
        ],
        state_operations=[migrations.AddConstraint("delivery", constraint)],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("integrations", "0004_endpoints")]

    operations = [
        AddIndexConcurrently(
            "delivery", models.Index(fields=["endpoint", "id"], name="delivery_endpoint")
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["destination", "available_at"],
                name="delivery_destination",
                condition=Q(status="pending"),
            ),
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["destination"],
                name="delivery_in_flight",
                condition=Q(status="pending", lease_token__isnull=False),
            ),
        ),
        _unique(
            "delivery_once_per_address",
            "user_id, subject, event, url",
            "endpoint_id IS NULL",
            models.UniqueConstraint(
                fields=["user", "subject", "event", "url"],
                condition=Q(endpoint__isnull=True),
                name="delivery_once_per_address",
            ),
        ),
        _unique(
            "delivery_once_per_endpoint",
            "endpoint_id, webhook_id",
            "endpoint_id IS NOT NULL",
            models.UniqueConstraint(
                fields=["endpoint", "webhook_id"],
                condition=Q(endpoint__isnull=False),
                name="delivery_once_per_endpoint",
            ),
        ),
        migrations.RemoveConstraint("delivery", "delivery_once_per_event"),
    ]
