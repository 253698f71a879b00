"""Checks of the audit: each is one SELECT of the rows that break an invariant.

A check yields `account_id`, `subject` (what is broken) and `detail` (how). `%(account)s` narrows
it to one account unless it is NULL.
"""

from common.audit import Check

_BALANCE = """
    SELECT a.id AS account_id, a.public_id AS subject,
           format('available %%s and held %%s, but the entries sum up to %%s and %%s',
                  a.available, a.held, coalesce(e.available, 0), coalesce(e.held, 0)) AS detail
      FROM billing_account a
      LEFT JOIN (SELECT account_id, sum(delta_available) AS available, sum(delta_held) AS held
                   FROM billing_entry
                  WHERE (%(account)s IS NULL OR account_id = %(account)s)
                  GROUP BY account_id) e ON e.account_id = a.id
     WHERE (%(account)s IS NULL OR a.id = %(account)s)
       AND (a.available <> coalesce(e.available, 0) OR a.held <> coalesce(e.held, 0))
"""

_CHAIN = """
    SELECT account_id, public_id AS subject,
           format('entry %%s leaves %%s available and %%s held, after %%s and %%s it must be %%s '
                  'and %%s', sequence, available_after, held_after, available_before, held_before,
                  available_before + delta_available, held_before + delta_held) AS detail
      FROM (SELECT *, lag(available_after, 1, 0::bigint) OVER chain AS available_before,
                   lag(held_after, 1, 0::bigint) OVER chain AS held_before
              FROM billing_entry
             WHERE (%(account)s IS NULL OR account_id = %(account)s)
            WINDOW chain AS (PARTITION BY account_id ORDER BY sequence)) e
     WHERE available_after <> available_before + delta_available
        OR held_after <> held_before + delta_held
"""

_SEQUENCE = """
    SELECT a.id AS account_id, a.public_id AS subject,
           format('counts %%s entries, but has %%s, numbered %%s to %%s',
                  a.sequence, coalesce(e.entries, 0), e.first, e.last) AS detail
      FROM billing_account a
      LEFT JOIN (SELECT account_id, count(*) AS entries,
                        min(sequence) AS first, max(sequence) AS last
                   FROM billing_entry
                  WHERE (%(account)s IS NULL OR account_id = %(account)s)
                  GROUP BY account_id) e ON e.account_id = a.id
     WHERE (%(account)s IS NULL OR a.id = %(account)s)
       AND (a.sequence <> coalesce(e.entries, 0) OR a.sequence <> coalesce(e.last, 0))
"""

_NEGATIVE = """
    SELECT id AS account_id, public_id AS subject,
           format('available %%s, held %%s', available, held) AS detail
      FROM billing_account
     WHERE (%(account)s IS NULL OR id = %(account)s) AND (available < 0 OR held < 0)
     UNION ALL
    SELECT account_id, public_id,
           format('leaves available %%s, held %%s', available_after, held_after)
      FROM billing_entry
     WHERE (%(account)s IS NULL OR account_id = %(account)s)
       AND (available_after < 0 OR held_after < 0)
"""

_SHAPE = """
    SELECT account_id, public_id AS subject,
           format('a %%s of %%s available and %%s held, %%s a hold', kind, delta_available,
                  delta_held, CASE WHEN hold_id IS NULL THEN 'without' ELSE 'with' END) AS detail
      FROM billing_entry
     WHERE (%(account)s IS NULL OR account_id = %(account)s)
       AND CASE kind
           WHEN 'grant' THEN delta_available > 0 AND delta_held = 0 AND hold_id IS NULL
           WHEN 'adjust' THEN delta_available <> 0 AND delta_held = 0 AND hold_id IS NULL
           WHEN 'hold' THEN delta_held > 0 AND delta_available = -delta_held
                            AND hold_id IS NOT NULL
           WHEN 'capture' THEN delta_held < 0 AND delta_available = 0 AND hold_id IS NOT NULL
           WHEN 'release' THEN delta_available > 0 AND delta_held = -delta_available
                               AND hold_id IS NOT NULL
           ELSE false END IS NOT TRUE
"""

_HOLD_CLOSED = """
    SELECT account_id, format('hold %%s', id) AS subject,
           format('%%s: %%s captured and %%s released of %%s',
                  status, captured, released, amount) AS detail
      FROM billing_hold
     WHERE (%(account)s IS NULL OR account_id = %(account)s)
       AND CASE status
           WHEN 'open' THEN captured = 0 AND released = 0
           WHEN 'closed' THEN captured >= 0 AND released >= 0 AND captured + released = amount
           ELSE false END IS NOT TRUE
"""

_HOLD_ENTRIES = """
    SELECT h.account_id, format('hold %%s', h.id) AS subject,
           format('held %%s, captured %%s, released %%s, but its %%s hold entries sum up to %%s, '
                  'captures to %%s, %%s releases to %%s', h.amount, h.captured, h.released,
                  coalesce(e.holds, 0), coalesce(e.amount, 0), coalesce(e.captured, 0),
                  coalesce(e.releases, 0), coalesce(e.released, 0)) AS detail
      FROM billing_hold h
      LEFT JOIN (SELECT hold_id,
                        count(*) FILTER (WHERE kind = 'hold') AS holds,
                        count(*) FILTER (WHERE kind = 'release') AS releases,
                        sum(delta_held) FILTER (WHERE kind = 'hold') AS amount,
                        -sum(delta_held) FILTER (WHERE kind = 'capture') AS captured,
                        -sum(delta_held) FILTER (WHERE kind = 'release') AS released
                   FROM billing_entry
                  WHERE hold_id IS NOT NULL AND (%(account)s IS NULL OR account_id = %(account)s)
                  GROUP BY hold_id) e
             ON e.hold_id = h.id
     WHERE (%(account)s IS NULL OR h.account_id = %(account)s)
       AND (coalesce(e.holds, 0) <> 1 OR coalesce(e.releases, 0) > 1
            OR h.amount <> coalesce(e.amount, 0)
            OR h.captured <> coalesce(e.captured, 0)
            OR h.released <> coalesce(e.released, 0))
"""

_HOLD_ACCOUNT = """
    SELECT e.account_id, e.public_id AS subject,
           format('moves hold %%s of another account', h.id) AS detail
      FROM billing_entry e JOIN billing_hold h ON h.id = e.hold_id
     WHERE (%(account)s IS NULL OR e.account_id = %(account)s) AND e.account_id <> h.account_id
"""

_HELD = """
    SELECT a.id AS account_id, a.public_id AS subject,
           format('held %%s, but its open holds sum up to %%s', a.held, coalesce(h.amount, 0))
               AS detail
      FROM billing_account a
      LEFT JOIN (SELECT account_id, sum(amount) AS amount
                   FROM billing_hold WHERE status = 'open' GROUP BY account_id) h
             ON h.account_id = a.id
     WHERE (%(account)s IS NULL OR a.id = %(account)s) AND a.held <> coalesce(h.amount, 0)
"""

_DUPLICATE = """
    SELECT min(account_id) AS account_id, key AS subject,
           format('%%s entries of kind %%s have this key', count(*), kind) AS detail
      FROM billing_entry
     WHERE kind <> 'capture'
       AND (%(account)s IS NULL
            OR key IN (SELECT key FROM billing_entry WHERE account_id = %(account)s))
     GROUP BY kind, key
    HAVING count(*) > 1
"""

_CAPTURED_TWICE = """
    SELECT min(account_id) AS account_id, key AS subject,
           format('captured %%s times, %%s credits in all', count(*), -sum(delta_held)) AS detail
      FROM billing_entry
     WHERE kind = 'capture'
       AND (%(account)s IS NULL
            OR key IN (SELECT key FROM billing_entry WHERE account_id = %(account)s))
     GROUP BY key
    HAVING count(*) > 1
"""

_TRIGGER = """
    SELECT NULL::bigint AS account_id, '{name}' AS subject,
           'this trigger is missing or switched off' AS detail
     WHERE NOT EXISTS (SELECT FROM pg_trigger
                        WHERE tgrelid = 'billing_entry'::regclass AND tgname = '{name}'
                          AND tgenabled IN ('O', 'A'))
"""

_CONSTRAINT = """
    SELECT NULL::bigint AS account_id, wanted.name AS subject,
           'this constraint is missing or not enforced' AS detail
      FROM unnest(ARRAY[
               'billing_account_available_not_negative', 'billing_account_held_not_negative',
               'billing_hold_amount_positive', 'billing_hold_not_negative',
               'billing_hold_closed_in_full', 'billing_entry_not_negative',
               'billing_entry_shape', 'billing_entry_key', 'billing_entry_sequence',
               'billing_quota_day', 'billing_quota_in_limit',
               'billing_quota_professional_in_limit', 'billing_debt_paid_at_most_whole',
               'billing_order_reversed_at_most_whole'
           ]) AS wanted(name)
      LEFT JOIN pg_constraint c ON c.conname = wanted.name AND c.convalidated
     WHERE c.oid IS NULL
"""

_LEFT_OPEN = """
    SELECT account_id, format('hold %%s', id) AS subject,
           format('%%s credits for %%s are set aside since %%s', amount, reference,
                  to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS detail
      FROM billing_hold
     WHERE (%(account)s IS NULL OR account_id = %(account)s)
       AND status = 'open' AND created_at < %(open_before)s
"""

_QUOTA = """
    SELECT a.id AS account_id, format('quota of user %%s on %%s', d.user_id, d.day) AS subject,
           format('%%s of %%s used, %%s of %%s professional, but %%s and %%s images were taken',
                  d.used, d.used_limit, d.professional_used, d.professional_limit,
                  coalesce(u.used, 0), coalesce(u.professional, 0)) AS detail
      FROM billing_quotaday d
      LEFT JOIN billing_account a ON a.user_id = d.user_id
      LEFT JOIN (SELECT quota_day_id, count(*) AS used,
                        count(*) FILTER (WHERE tier = 'professional') AS professional
                   FROM billing_quotause
                  WHERE returned_at IS NULL
                  GROUP BY quota_day_id) u ON u.quota_day_id = d.id
     WHERE (%(account)s IS NULL OR a.id = %(account)s)
       AND (d.used > d.used_limit OR d.professional_used > d.professional_limit
            OR d.used <> coalesce(u.used, 0)
            OR d.professional_used <> coalesce(u.professional, 0))
"""

_PAYMENT = """
    SELECT a.id AS account_id, o.public_id AS subject,
           format('%%s credits were ordered, %%s granted; %%s are to be reversed, '
                  '%%s were taken, %%s are owed for them, %%s given back',
                  o.credits, e.granted, o.reversed, e.taken, d.owed, e.reinstated) AS detail
      FROM billing_creditorder o
      LEFT JOIN billing_account a ON a.user_id = o.user_id
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(delta_available)
                          FILTER (WHERE kind = 'grant' AND key = 'payment:' || o.payment_intent),
                          0) AS granted,
                 coalesce(-sum(delta_available) FILTER (WHERE kind = 'adjust'), 0) AS taken,
                 coalesce(sum(delta_available)
                          FILTER (WHERE kind = 'grant' AND key LIKE 'reinstated:%%'), 0)
                 AS reinstated
            FROM billing_entry
           WHERE o.payment_intent <> ''
             AND (kind = 'grant' AND key = 'payment:' || o.payment_intent
                  OR kind = 'adjust'
                     AND key IN (SELECT format('reversal:%%s:%%s', o.payment_intent, n)
                                   FROM generate_series(1, o.revision) n)
                  OR kind = 'grant'
                     AND key IN (SELECT format('reinstated:%%s:%%s', o.payment_intent, n)
                                   FROM generate_series(1, o.revision) n))) e
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(credits), 0) AS owed
            FROM billing_debt
           WHERE o.payment_intent <> ''
             AND key IN (SELECT format('reversal:%%s:%%s', o.payment_intent, n)
                           FROM generate_series(1, o.revision) n)) d
     WHERE (%(account)s IS NULL OR a.id = %(account)s)
       AND (e.granted <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.credits END
            OR o.reversed <> e.taken + d.owed - e.reinstated)
"""

_GRANT = """
    SELECT e.account_id, e.public_id AS subject,
           format('%%s credits were granted for %%s, which no order of this account was paid by',
                  e.delta_available, e.key) AS detail
      FROM billing_entry e
      LEFT JOIN billing_creditorder o
        ON o.payment_intent <> '' AND 'payment:' || o.payment_intent = e.key
      LEFT JOIN billing_account a ON a.id = e.account_id
     WHERE (%(account)s IS NULL OR e.account_id = %(account)s)
       AND e.kind = 'grant' AND e.key LIKE 'payment:pi\\_%%'
       AND (o.id IS NULL OR o.user_id IS DISTINCT FROM a.user_id)
"""

_DEBT = """
    SELECT d.account_id, d.key AS subject,
           format('%%s of %%s owed credits count as paid, but %%s were collected',
                  d.paid, d.credits, coalesce(e.collected, 0)) AS detail
      FROM billing_debt d
      LEFT JOIN (SELECT split_part(key, ':', 2)::bigint AS debt_id,
                        -sum(delta_available) AS collected
                   FROM billing_entry
                  WHERE kind = 'adjust' AND key ~ '^debt:[0-9]+:[0-9]+$'
                  GROUP BY 1) e ON e.debt_id = d.id
     WHERE (%(account)s IS NULL OR d.account_id = %(account)s)
       AND d.paid <> coalesce(e.collected, 0)
"""

_SPENDING = """
    SELECT s.account_id, format('spending %%s', s.id) AS subject,
           format('%%s credits count for %%s, but its holds come to %%s',
                  s.credits, s.day, coalesce(h.spent, 0)) AS detail
      FROM billing_spending s
      LEFT JOIN (SELECT spending_id, sum(amount - released) AS spent
                   FROM billing_hold
                  WHERE spending_id IS NOT NULL
                    AND (%(account)s IS NULL OR account_id = %(account)s)
                  GROUP BY spending_id) h ON h.spending_id = s.id
     WHERE (%(account)s IS NULL OR s.account_id = %(account)s)
       AND s.credits <> coalesce(h.spent, 0)
"""

CHECKS = (
    Check("balance-differs", _BALANCE),
    Check("chain-broken", _CHAIN),
    Check("entries-missing", _SEQUENCE),
    Check("negative", _NEGATIVE),
    Check("entry-malformed", _SHAPE),
    Check("hold-not-closed-in-full", _HOLD_CLOSED),
    Check("hold-differs-from-entries", _HOLD_ENTRIES),
    Check("hold-of-another-account", _HOLD_ACCOUNT),
    Check("held-differs-from-holds", _HELD),
    Check("spending-differs-from-holds", _SPENDING),
    Check("image-captured-twice", _CAPTURED_TWICE),
    Check("key-used-twice", _DUPLICATE),
    Check("quota-differs-from-images", _QUOTA),
    Check("payment-not-settled-once", _PAYMENT),
    Check("grant-without-order", _GRANT),
    Check("debt-differs-from-entries", _DEBT),
    Check("guard-missing", _TRIGGER.format(name="billing_entry_no_change")),
    Check("guard-missing", _CONSTRAINT),
    Check("guard-missing", _TRIGGER.format(name="billing_entry_no_truncate"), warning=True),
    Check("hold-left-open", _LEFT_OPEN, warning=True),
)
