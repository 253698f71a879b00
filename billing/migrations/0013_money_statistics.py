from django.contrib.postgres.operations import AddIndexConcurrently
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexed while the running release writes to these tables.
    atomic = False

    dependencies = [
        ('billing', '0012_sequence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='invoice',
            name='amount_lost',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='invoice',
            name='payment_sequence',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        AddIndexConcurrently(
            model_name='creditorder',
            index=models.Index(condition=models.Q(('paid_at__isnull', False)), fields=['paid_at'], include=('user', 'amount_idr', 'lost_idr'), name='billing_order_paid'),
        ),
        AddIndexConcurrently(
            model_name='invoice',
            index=models.Index(condition=models.Q(('payment_intent', ''), _negated=True), fields=['payment_intent'], name='billing_invoice_by_payment'),
        ),
        AddIndexConcurrently(
            model_name='invoice',
            index=models.Index(condition=models.Q(('order_id', ''), ('paid_at__isnull', False)), fields=['paid_at'], include=('user', 'amount_paid', 'amount_lost'), name='billing_invoice_paid'),
        ),
    ]
