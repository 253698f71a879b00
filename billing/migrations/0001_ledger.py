import common.ids
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


# Entries are only ever added. TRUNCATE needs a trigger of its own, because row triggers do not fire
# for it.
APPEND_ONLY = """
CREATE FUNCTION billing_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER billing_entry_no_change BEFORE UPDATE OR DELETE ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_entry_append_only();
CREATE TRIGGER billing_entry_no_truncate BEFORE TRUNCATE ON billing_entry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_entry_append_only();
"""
WRITABLE = """
DROP TRIGGER billing_entry_no_truncate ON billing_entry;
DROP TRIGGER billing_entry_no_change ON billing_entry;
DROP FUNCTION billing_entry_append_only();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', common.ids.PublicIdField(prefix='acct')),
                ('available', models.BigIntegerField(default=0, editable=False)),
                ('held', models.BigIntegerField(default=0, editable=False)),
                ('sequence', models.BigIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('user', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='credit_account', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('adjust_account', 'Can adjust the credits of an account')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=400, unique=True)),
                ('reference', models.CharField(max_length=200)),
                ('amount', models.BigIntegerField()),
                ('captured', models.BigIntegerField(default=0)),
                ('released', models.BigIntegerField(default=0)),
                ('status', models.CharField(choices=[('open', 'open'), ('closed', 'closed')], default='open', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='billing.account')),
            ],
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', common.ids.PublicIdField(prefix='txn')),
                ('sequence', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('grant', 'grant'), ('hold', 'hold'), ('capture', 'capture'), ('release', 'release'), ('adjust', 'adjustment')], max_length=8)),
                ('key', models.CharField(max_length=400)),
                ('delta_available', models.BigIntegerField()),
                ('delta_held', models.BigIntegerField()),
                ('available_after', models.BigIntegerField()),
                ('held_after', models.BigIntegerField()),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('actor_id', models.BigIntegerField(null=True, verbose_name='ordered by user')),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='billing.account')),
                ('hold', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='billing.hold')),
            ],
            options={
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('available__gte', 0)), name='billing_account_available_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='billing_account_held_not_negative'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['created_at'], name='billing_hold_open'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='billing_hold_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('captured__gte', 0), ('released__gte', 0)), name='billing_hold_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('captured', 0), ('closed_at__isnull', True), ('released', 0), ('status', 'open')), models.Q(('amount', django.db.models.expressions.CombinedExpression(models.F('captured'), '+', models.F('released'))), ('closed_at__isnull', False), ('status', 'closed')), _connector='OR'), name='billing_hold_closed_in_full'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('kind', 'key'), name='billing_entry_key'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('account', 'sequence'), name='billing_entry_sequence'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('available_after__gte', 0), ('held_after__gte', 0)), name='billing_entry_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delta_available__gt', 0), ('delta_held', 0), ('hold__isnull', True), ('kind', 'grant')), models.Q(('delta_held', 0), ('hold__isnull', True), ('kind', 'adjust'), models.Q(('delta_available', 0), _negated=True), models.Q(('reason', ''), _negated=True)), models.Q(('delta_available', django.db.models.expressions.CombinedExpression(models.F('delta_held'), '*', models.Value(-1))), ('delta_held__gt', 0), ('hold__isnull', False), ('kind', 'hold')), models.Q(('delta_available', 0), ('delta_held__lt', 0), ('hold__isnull', False), ('kind', 'capture')), models.Q(('delta_available__gt', 0), ('delta_held', django.db.models.expressions.CombinedExpression(models.F('delta_available'), '*', models.Value(-1))), ('hold__isnull', False), ('kind', 'release')), _connector='OR'), name='billing_entry_shape'),
        ),
        migrations.RunSQL(APPEND_ONLY, WRITABLE),
    ]
