from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def let_go(apps: Any, _: Any) -> None:
    """Clear the user of replaced customers, so that a user has one customer again."""
    replaced = apps.get_model("billing", "Customer").objects.filter(replaced_at__isnull=False)
    replaced.update(user=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0008_operators_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="replaced_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="customer",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, let_go),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at__isnull", True)),
                fields=("user",),
                name="billing_one_customer_a_user",
            ),
        ),
    ]
