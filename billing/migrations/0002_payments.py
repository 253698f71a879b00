import common.ids
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0001_ledger'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BillingMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('payment_failed', 'payment failed'), ('cancellation', 'cancellation'), ('subscription_ended', 'subscription ended'), ('quota_nearly_used', 'quota at 80 %'), ('credits_low', 'credits low')], max_length=20)),
                ('context', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='CreditOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', common.ids.PublicIdField(prefix='order')),
                ('pack_name', models.CharField(max_length=80)),
                ('credits', models.PositiveIntegerField()),
                ('amount_idr', models.PositiveIntegerField()),
                ('checkout_session', models.CharField(blank=True, max_length=100)),
                ('checkout_url', models.TextField(blank=True)),
                ('payment_intent', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('lost_idr', models.PositiveIntegerField(default=0)),
                ('reversed', models.PositiveIntegerField(default=0)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('ticket', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CreditPack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('credits', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                ('price_idr', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(10000)])),
                ('active', models.BooleanField(default=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'price_idr'],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stripe_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Debt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('reason', models.CharField(max_length=300)),
                ('credits', models.BigIntegerField()),
                ('paid', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', common.ids.PublicIdField(prefix='inv')),
                ('stripe_id', models.CharField(max_length=64, unique=True)),
                ('subscription', models.CharField(blank=True, max_length=64)),
                ('payment_intent', models.CharField(blank=True, max_length=64)),
                ('order_id', models.CharField(blank=True, max_length=40)),
                ('number', models.CharField(blank=True, max_length=60)),
                ('description', models.CharField(blank=True, max_length=300)),
                ('status', models.CharField(max_length=20)),
                ('currency', models.CharField(max_length=3)),
                ('amount_due', models.BigIntegerField()),
                ('amount_paid', models.BigIntegerField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('hosted_url', models.TextField(blank=True)),
                ('pdf_url', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('period_start', models.DateTimeField()),
                ('period_end', models.DateTimeField()),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('ticket', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='QuotaDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('used', models.IntegerField(default=0)),
                ('used_limit', models.IntegerField()),
                ('professional_used', models.IntegerField(default=0)),
                ('professional_limit', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='QuotaUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('tier', models.CharField(choices=[('basic', 'basic'), ('standard', 'standard'), ('professional', 'professional'), ('industry', 'industry')], max_length=20)),
                ('reference', models.CharField(max_length=200)),
                ('taken_at', models.DateTimeField()),
                ('returned_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='StripeCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=100)),
                ('action', models.CharField(max_length=40)),
                ('fingerprint', models.CharField(max_length=64)),
                ('key', models.UUIDField(unique=True)),
                ('locked_until', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='StripeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stripe_id', models.CharField(max_length=100, unique=True)),
                ('type', models.CharField(max_length=100)),
                ('object_type', models.CharField(blank=True, max_length=60)),
                ('object_id', models.CharField(blank=True, max_length=100)),
                ('payload', models.JSONField()),
                ('source', models.CharField(choices=[('webhook', 'webhook'), ('reconciler', 'reconciler')], max_length=10)),
                ('created_at', models.DateTimeField(verbose_name='happened')),
                ('received_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'waiting'), ('done', 'done'), ('ignored', 'of no concern'), ('failed', 'given up')], default='pending', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField()),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'Stripe event',
                'permissions': [('replay_stripeevent', 'Can replay a Stripe event')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', common.ids.PublicIdField(prefix='sub')),
                ('stripe_id', models.CharField(max_length=64, unique=True)),
                ('item_id', models.CharField(max_length=64)),
                ('plan', models.CharField(choices=[('starter', 'starter'), ('pro', 'pro')], max_length=20)),
                ('status', models.CharField(choices=[('incomplete', 'waiting for the first payment'), ('incomplete_expired', 'never paid'), ('trialing', 'on trial'), ('active', 'active'), ('past_due', 'payment overdue'), ('unpaid', 'unpaid'), ('paused', 'paused'), ('canceled', 'ended')], max_length=20)),
                ('monthly_price_idr', models.BigIntegerField()),
                ('cancel_at_period_end', models.BooleanField(default=False)),
                ('subscribed_at', models.DateTimeField()),
                ('period_start', models.DateTimeField()),
                ('period_end', models.DateTimeField()),
                ('grace_until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('latest_invoice', models.CharField(blank=True, max_length=64)),
                ('ticket', models.BigIntegerField()),
                ('fetched_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.AddField(
            model_name='account',
            name='low_noticed',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('low_noticed', False)), fields=['available'], name='billing_account_not_noticed'),
        ),
        migrations.AddField(
            model_name='billingmail',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='creditorder',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='creditpack',
            constraint=models.CheckConstraint(condition=models.Q(('credits__gte', 1), ('price_idr__gte', 1)), name='billing_pack_positive'),
        ),
        migrations.AddField(
            model_name='creditorder',
            name='pack',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='billing.creditpack'),
        ),
        migrations.AddField(
            model_name='customer',
            name='user',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='stripe_customer', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='debt',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debts', to='billing.account'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='quotaday',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='quotause',
            name='quota_day',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='billing.quotaday'),
        ),
        migrations.AddIndex(
            model_name='stripecall',
            index=models.Index(fields=['created_at'], name='billing_call_created'),
        ),
        migrations.AddConstraint(
            model_name='stripecall',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('subject',), name='billing_one_open_call'),
        ),
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['next_attempt_at'], name='billing_event_due'),
        ),
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(fields=['-received_at'], name='billing_event_received'),
        ),
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(fields=['object_id'], name='billing_event_object'),
        ),
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['-received_at'], name='billing_event_failed'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='billingmail',
            index=models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['next_attempt_at'], name='billing_mail_due'),
        ),
        migrations.AddIndex(
            model_name='creditorder',
            index=models.Index(fields=['user', '-created_at'], name='billing_order_by_user'),
        ),
        migrations.AddIndex(
            model_name='creditorder',
            index=models.Index(condition=models.Q(('closed_at__isnull', True), ('paid_at__isnull', True)), fields=['created_at'], name='billing_order_open'),
        ),
        migrations.AddConstraint(
            model_name='creditorder',
            constraint=models.UniqueConstraint(condition=models.Q(('payment_intent', ''), _negated=True), fields=('payment_intent',), name='billing_order_payment'),
        ),
        migrations.AddConstraint(
            model_name='creditorder',
            constraint=models.UniqueConstraint(condition=models.Q(('checkout_session', ''), _negated=True), fields=('checkout_session',), name='billing_order_session'),
        ),
        migrations.AddConstraint(
            model_name='creditorder',
            constraint=models.CheckConstraint(condition=models.Q(('amount_idr__gte', 1), ('credits__gte', 1)), name='billing_order_positive'),
        ),
        migrations.AddConstraint(
            model_name='creditorder',
            constraint=models.CheckConstraint(condition=models.Q(('lost_idr__lte', models.F('amount_idr')), ('reversed__lte', models.F('credits'))), name='billing_order_reversed_at_most_whole'),
        ),
        migrations.AddConstraint(
            model_name='creditorder',
            constraint=models.CheckConstraint(condition=models.Q(('reversed', 0), ('paid_at__isnull', False), _connector='OR'), name='billing_order_reversed_after_payment'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('stripe_id', ''), _negated=True), fields=('stripe_id',), name='billing_customer_stripe_id'),
        ),
        migrations.AddIndex(
            model_name='debt',
            index=models.Index(condition=models.Q(('paid_at__isnull', True)), fields=['account', 'id'], name='billing_debt_open'),
        ),
        migrations.AddConstraint(
            model_name='debt',
            constraint=models.CheckConstraint(condition=models.Q(('credits__gt', 0), ('paid__gte', 0), ('paid__lte', models.F('credits'))), name='billing_debt_paid_at_most_whole'),
        ),
        migrations.AddConstraint(
            model_name='debt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid__lt', models.F('credits')), ('paid_at__isnull', True)), models.Q(('paid', models.F('credits')), ('paid_at__isnull', False)), _connector='OR'), name='billing_debt_paid_in_full'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['user', '-created_at'], name='billing_invoice_by_user'),
        ),
        migrations.AddConstraint(
            model_name='quotaday',
            constraint=models.UniqueConstraint(fields=('user', 'day'), name='billing_quota_day'),
        ),
        migrations.AddConstraint(
            model_name='quotaday',
            constraint=models.CheckConstraint(condition=models.Q(('used__gte', 0), ('used__lte', models.F('used_limit'))), name='billing_quota_in_limit'),
        ),
        migrations.AddConstraint(
            model_name='quotaday',
            constraint=models.CheckConstraint(condition=models.Q(('professional_used__gte', 0), ('professional_used__lte', models.F('professional_limit')), ('professional_used__lte', models.F('used'))), name='billing_quota_professional_in_limit'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('grace_until__isnull', False)), fields=['grace_until'], name='billing_subscription_in_grace'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['fetched_at'], name='billing_subscription_running'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grace_until__isnull', False), ('status', 'past_due')), models.Q(models.Q(('status', 'past_due'), _negated=True), ('grace_until__isnull', True)), _connector='OR'), name='billing_subscription_grace_while_past_due'),
        ),
        # Numbers the fetches from Stripe in the order of the requests.
        migrations.RunSQL(
            "CREATE SEQUENCE billing_stripe_ticket", "DROP SEQUENCE billing_stripe_ticket"
        ),
    ]
