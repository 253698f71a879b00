import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexed while the running release writes to the table.
    atomic = False

    dependencies = [("billing", "0013_money_statistics")]

    operations = [
        migrations.CreateModel(
            name="Spending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("api_key", models.CharField(blank=True, default="", max_length=40)),
                ("credits", models.BigIntegerField()),
                ("account", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="spending", to="billing.account")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "day", "api_key"), name="billing_spending_day"),
                    models.CheckConstraint(condition=models.Q(("credits__gte", 0)), name="billing_spending_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpendingCap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("api_key", models.CharField(blank=True, default="", max_length=40)),
                ("period", models.CharField(choices=[("day", "day"), ("month", "month")], max_length=5)),
                ("credits", models.BigIntegerField()),
                ("account", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="caps", to="billing.account")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "api_key"), name="billing_cap_once"),
                    models.CheckConstraint(condition=models.Q(("credits__gte", 0)), name="billing_cap_not_negative"),
                ],
            },
        ),
        migrations.AddField(
            model_name="hold",
            name="spending",
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="billing.spending"),
        ),
        migrations.AddField(
            model_name="account",
            name="low_threshold",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(condition=models.Q(("low_noticed", False), ("low_threshold__isnull", False)), fields=["low_threshold"], name="billing_account_own_threshold"),
        ),
    ]
