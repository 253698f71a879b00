from django.db import migrations, models

# For ended subscriptions only their invoices record whether they were ever paid.
_FILL = """
    UPDATE billing_subscription s SET began = true
     WHERE s.status NOT IN ('incomplete', 'incomplete_expired', 'canceled')
        OR EXISTS (SELECT FROM billing_invoice i
                    WHERE i.subscription = s.stripe_id AND i.status = 'paid')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_reconciliations'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='began',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
