from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The ledger is written to while it is indexed, with holds before entries and entries before
    # holds: locks on both tables until the end could deadlock with the running release.
    atomic = False

    dependencies = [
        ('billing', '0007_customer_deleted'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='hold',
            index=models.Index(fields=['created_at'], name='billing_hold_by_creation'),
        ),
        AddIndexConcurrently(
            model_name='entry',
            index=models.Index(fields=['created_at'], name='billing_entry_by_creation'),
        ),
        AddIndexConcurrently(
            model_name='entry',
            index=models.Index(condition=models.Q(('kind__in', ['grant', 'adjust'])), fields=['kind', '-created_at'], name='billing_entry_without_hold'),
        ),
        AddIndexConcurrently(
            model_name='invoice',
            index=models.Index(fields=['number'], name='billing_invoice_by_number'),
        ),
        AddIndexConcurrently(
            model_name='stripeevent',
            index=models.Index(fields=['type'], name='billing_event_by_type'),
        ),
    ]
