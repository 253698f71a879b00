"""A result for a partner is unique by partner, and no longer by address.

A customer may name the partner's own address as the webhook of the same job. The new indexes are
built without locking the table, before the old one goes.
"""

from django.db import migrations, models
from django.db.models import Q

_TABLE = "integrations_delivery"
_ADDRESS = ["user", "subject", "event", "url"]
_ADDRESS_COLUMNS = "user_id, subject, event, url"
# The old index allowed a second row where the partner's address had changed in between.
_ONE_FOR_EACH = f"""
    DELETE FROM {_TABLE} later USING {_TABLE} first
     WHERE later.partner_id IS NOT NULL AND first.partner_id = later.partner_id
       AND first.subject = later.subject AND first.event = later.event AND first.id < later.id
"""
# The new indexes allow a row for a partner beside one for the same address of a customer.
_ONE_FOR_EACH_ADDRESS = f"""
    DELETE FROM {_TABLE} partners USING {_TABLE} customers
     WHERE partners.partner_id IS NOT NULL
       AND customers.partner_id IS NULL AND customers.endpoint_id IS NULL
       AND customers.user_id = partners.user_id AND customers.subject = partners.subject
       AND customers.event = partners.event AND customers.url = partners.url
"""


def _create(name: str, columns: str, where: str) -> str:
    return f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {_TABLE} ({columns}) WHERE {where}"


def _drop(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("integrations", "0011_encrypted_secrets")]

    operations = [
        migrations.RunSQL(_ONE_FOR_EACH, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    _create(
                        "delivery_once_per_callback",
                        _ADDRESS_COLUMNS,
                        "endpoint_id IS NULL AND partner_id IS NULL",
                    ),
                    _drop("delivery_once_per_callback"),
                ),
                migrations.RunSQL(
                    _create(
                        "delivery_once_per_partner",
                        "partner_id, subject, event",
                        "partner_id IS NOT NULL",
                    ),
                    _drop("delivery_once_per_partner"),
                ),
                migrations.RunSQL(
                    _drop("delivery_once_per_address"),
                    _create("delivery_once_per_address", _ADDRESS_COLUMNS, "endpoint_id IS NULL"),
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "delivery",
                    models.UniqueConstraint(
                        fields=_ADDRESS,
                        condition=Q(endpoint__isnull=True, partner__isnull=True),
                        name="delivery_once_per_callback",
                    ),
                ),
                migrations.AddConstraint(
                    "delivery",
                    models.UniqueConstraint(
                        fields=["partner", "subject", "event"],
                        condition=Q(partner__isnull=False),
                        name="delivery_once_per_partner",
                    ),
                ),
                migrations.RemoveConstraint("delivery", "delivery_once_per_address"),
            ],
        ),
        migrations.RunSQL(migrations.RunSQL.noop, _ONE_FOR_EACH_ADDRESS),
    ]
