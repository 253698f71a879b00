"""Existing users count as verified, and their addresses as having had the welcome credits.

In steps of some rows, each committed by itself, so that nobody waits for a lock. It may be run
again after it was interrupted.
"""

from typing import Any

from django.db import migrations
from django.db.models import F

STEP = 1000
ERASED = "@erased.invalid"


def count_as_verified(apps: Any, schema_editor: Any) -> None:
    # The hash has to be the one that registration computes.
    from accounts.services.welcome import digest  # noqa: PLC0415

    User = apps.get_model("accounts", "User")  # noqa: N806
    WelcomeBonus = apps.get_model("accounts", "WelcomeBonus")  # noqa: N806
    people = User.objects.exclude(email__endswith=ERASED).order_by("pk")
    last = 0
    while rows := list(people.filter(pk__gt=last).values_list("pk", "email")[:STEP]):
        keys = [pk for pk, _ in rows]
        unverified = User.objects.filter(pk__in=keys, email_verified_at__isnull=True)
        unverified.update(email_verified_at=F("created_at"))
        WelcomeBonus.objects.bulk_create(
            [WelcomeBonus(digest=digest(email)) for _, email in rows], ignore_conflicts=True
        )
        last = keys[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0004_welcomebonus")]
    operations = [migrations.RunPython(count_as_verified, migrations.RunPython.noop)]
