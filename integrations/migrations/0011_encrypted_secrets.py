"""Signing secrets of accounts, encrypted where they are stored.

The column becomes wider without being rewritten. Secrets are moved a batch at a time, each by a
statement of its own, so no row is locked for longer than its own update. The previous release cannot
sign with an encrypted secret: what it tries to deliver during the upgrade fails and is sent again.
"""

from collections.abc import Callable
from typing import Any

from django.db import migrations, models

from common.encryption import decrypt, encrypt

_AT_ONCE = 1000
_PREFIX = "whsec_"


def encrypt_all(apps: Any, _: Any) -> None:
    rows = apps.get_model("integrations", "SigningSecret").objects
    _move(rows.all(), rows.filter(stored__startswith=_PREFIX), encrypt)


def decrypt_all(apps: Any, _: Any) -> None:
    rows = apps.get_model("integrations", "SigningSecret").objects
    _move(rows.all(), rows.exclude(stored__startswith=_PREFIX), decrypt)


def _move(rows: Any, wanted: Any, change: Callable[[str], str]) -> None:
    last = 0
    while found := list(wanted.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        for row in found:
            # Only if it is the same still: it may have been replaced meanwhile.
            rows.filter(pk=row.pk, stored=row.stored).update(stored=change(row.stored))
        last = found[-1].pk


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("integrations", "0010_contributions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("signingsecret", "secret", "stored"),
                migrations.AlterField(
                    "signingsecret",
                    "stored",
                    models.CharField(max_length=80, db_column="secret"),
                ),
            ]
        ),
        migrations.AlterField("signingsecret", "stored", models.TextField(db_column="secret")),
        migrations.RunPython(encrypt_all, decrypt_all),
    ]
