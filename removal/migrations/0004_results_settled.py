"""Results lie under keys that cannot be guessed and are read only once they are settled.

What was paid for before this migration stays readable. Rows are filled in small transactions, and
the constraint is checked without keeping writers out.
"""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q

import removal.keys

_CHUNK = 2000


def settle_what_was_paid(apps, schema_editor):
    jobs = apps.get_model("removal", "Job").objects
    paid = Q(batch_id__isnull=True) | Q(credits_used__gt=0)
    left = jobs.filter(paid, status="completed", settled_at__isnull=True).exclude(result_key="")
    while found := list(left.order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        jobs.filter(pk__in=found).update(settled_at=F("completed_at"))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("removal", "0003_job_statistics")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="result_token",
            field=models.CharField(
                blank=True,
                db_default="",
                default=removal.keys.new_token,
                editable=False,
                max_length=32,
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        AddConstraintNotValid(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=Q(status="completed") | Q(settled_at__isnull=True),
                name="job_only_completed_settles",
            ),
        ),
        ValidateConstraint(model_name="job", name="job_only_completed_settles"),
        migrations.RunPython(settle_what_was_paid, migrations.RunPython.noop),
    ]
