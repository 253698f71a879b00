"""Calls the attribute `sequence`; the column keeps its name, so that the previous release works."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_debt_reference")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("creditorder", "ticket", "sequence"),
                migrations.AlterField(
                    "creditorder",
                    "sequence",
                    models.BigIntegerField(db_column="ticket", default=0),
                ),
                migrations.RenameField("invoice", "ticket", "sequence"),
                migrations.AlterField(
                    "invoice", "sequence", models.BigIntegerField(db_column="ticket")
                ),
                migrations.RenameField("subscription", "ticket", "sequence"),
                migrations.AlterField(
                    "subscription", "sequence", models.BigIntegerField(db_column="ticket")
                ),
            ],
        ),
    ]
