from typing import Any

from django.db import migrations

# At the list price of Rp 100 a credit; operators change them as they like.
PACKS = (
    ("small", "Small", 100, 10_000),
    ("medium", "Medium", 500, 50_000),
    ("large", "Large", 2_000, 200_000),
)


def add(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model("billing", "CreditPack")
    for position, (slug, name, credits, price_idr) in enumerate(PACKS):
        model.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name, "credits": credits, "price_idr": price_idr, "position": position,
            },
        )


class Migration(migrations.Migration):

    dependencies = [("billing", "0002_payments")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
