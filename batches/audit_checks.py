"""Checks of the audit: each is one SELECT of the rows that break an invariant.

A check yields `subject` (which batch) and `detail` (how); `counted` are the batches with what the
rows of their images say. Images and ledger are read by SQL on purpose: an audit that went through
the code it checks would share its mistakes. By `%(overdue)s` what is due must have happened;
`%(callers)s` are the codes of failures that are not ours.
"""

from common.audit import Check

COUNTED = """
    SELECT b.*, coalesce(j.images, 0) AS images, coalesce(j.completed, 0) AS completed,
           coalesce(j.ours, 0) AS ours,
           coalesce(j.failed, 0) AS failed, coalesce(j.cancelled, 0) AS cancelled,
           coalesce(j.price, 0) AS price, coalesce(j.charged, 0) AS charged, j.last_ended_at,
           b.status IN ('completed', 'failed', 'cancelled') AS ended
      FROM batches_batch b
      LEFT JOIN (SELECT batch_id, count(*) AS images, sum(price) AS price,
                        sum(credits_used) AS charged, max(completed_at) AS last_ended_at,
                        count(*) FILTER (WHERE status = 'completed') AS completed,
                        count(*) FILTER (WHERE status = 'failed') AS failed,
                        count(*) FILTER (WHERE status = 'failed'
                                           AND error_code <> ALL(%(callers)s)) AS ours,
                        count(*) FILTER (WHERE status = 'cancelled') AS cancelled
                   FROM removal_job WHERE batch_id IS NOT NULL GROUP BY batch_id) j
             ON j.batch_id = b.id
"""

_IMAGES = """
    SELECT public_id AS subject,
           format('%%s images, but %%s rows', total_images, images) AS detail
      FROM counted WHERE images <> total_images
"""

_SHARES = """
    SELECT public_id AS subject,
           format('costs %%s, but the shares add up to %%s', final_total, price) AS detail
      FROM counted WHERE NOT ended AND status <> 'zipping' AND price <> final_total
"""

# docs/pricing.md, once more: T(m) is the price of m images, K and F are what finished and what
# failed for a reason of ours, in this batch and those that it repeats.
_FORMULA = """
    SELECT subject,
           format('%%s finished, %%s failed for a reason of ours: charged %%s, not %%s',
                  completed_images, our_failures, credits_used, due) AS detail
      FROM (SELECT t.*, CASE WHEN completed_images = 0 OR status = 'failed' THEN 0
                        ELSE greatest(0, least(
                            final_total,
                            base_credits_per_image * completed_images,
                            finished * (whole - whole * partner_percentage / 100) / proper
                              - past_captured)) END AS due
              FROM (SELECT p.*, base - base * CASE WHEN proper >= 201 THEN 20
                                                   WHEN proper >= 101 THEN 15
                                                   WHEN proper >= 51 THEN 10
                                                   WHEN proper >= 20 THEN 5 ELSE 0 END
                                           / 100 AS whole
                      FROM (SELECT public_id AS subject, status, completed_images, our_failures,
                                   credits_used, final_total, base_credits_per_image,
                                   partner_percentage, past_captured,
                                   past_finished + completed_images AS finished,
                                   past_finished + completed_images + past_failed + our_failures
                                     AS proper,
                                   (past_finished + completed_images + past_failed + our_failures)
                                     * base_credits_per_image AS base
                              FROM counted WHERE ended AND our_failures IS NOT NULL) p) t) q
     WHERE credits_used <> due
"""

_REASONS = """
    SELECT public_id AS subject,
           format('says %%s failed for a reason of ours; the rows say %%s', our_failures, ours)
             AS detail
      FROM counted WHERE ended AND our_failures <> ours
"""

_COUNTS = """
    SELECT public_id AS subject,
           format('says %%s finished, %%s failed, %%s cancelled; the rows say %%s, %%s, %%s',
                  completed_images, failed_images, cancelled_images,
                  completed, failed, cancelled) AS detail
      FROM counted
     WHERE ended AND (completed_images, failed_images, cancelled_images)
                     IS DISTINCT FROM (completed, failed, cancelled)
"""

_CHARGED = """
    SELECT public_id AS subject,
           format('charged %%s, but its images %%s', credits_used, charged) AS detail
      FROM counted WHERE credits_used <> charged
"""

_HOLD = """
    SELECT b.public_id AS subject,
           format('%%s, costs %%s and charged %%s; its hold %%s is %%s, of %%s with %%s captured',
                  b.status, b.final_total, b.credits_used, b.hold_id, h.status, h.amount,
                  h.captured) AS detail
      FROM batches_batch b LEFT JOIN billing_hold h ON h.id = b.hold_id
     WHERE b.hold_id IS NOT NULL
       AND (h.id IS NULL OR h.reference <> b.public_id OR h.amount <> b.final_total
            OR h.captured <> b.credits_used
            OR (h.status = 'closed') <> (b.status IN ('completed', 'failed', 'cancelled')))
"""

_CAPTURES = """
    SELECT coalesce(e.batch, j.batch) AS subject,
           format('image %%s is %%s and charged %%s, but the ledger captured %%s',
                  coalesce(e.key, j.image), coalesce(j.status, 'unknown'),
                  coalesce(j.credits_used, 0), coalesce(e.captured, 0)) AS detail
      FROM (SELECT b.public_id AS batch, j.public_id AS image, j.status, j.credits_used
              FROM batches_batch b JOIN removal_job j ON j.batch_id = b.id
             WHERE j.credits_used > 0) j
      FULL JOIN (SELECT b.public_id AS batch, e.key, -e.delta_held AS captured
                   FROM batches_batch b JOIN billing_entry e ON e.hold_id = b.hold_id
                  WHERE e.kind = 'capture') e
             ON e.batch = j.batch AND e.key = j.image
     WHERE e.captured IS DISTINCT FROM j.credits_used
"""

_OVERDUE = """
    SELECT public_id AS subject,
           format('is %%s although every image has ended', status) AS detail
      FROM counted
     WHERE status IN ('pending', 'processing') AND completed + failed + cancelled = total_images
       AND last_ended_at < %(overdue)s
"""

_TRIGGER = """
    SELECT 'batches_batch_keep_ended' AS subject,
           'this trigger is missing or switched off' AS detail
     WHERE NOT EXISTS (SELECT FROM pg_trigger
                        WHERE tgrelid = 'batches_batch'::regclass
                          AND tgname = 'batches_batch_keep_ended' AND tgenabled IN ('O', 'A'))
"""

CHECKS = (
    Check("images-missing", _IMAGES),
    Check("shares-differ", _SHARES),
    Check("counts-differ", _COUNTS),
    Check("charge-differs-from-images", _CHARGED),
    Check("hold-differs", _HOLD),
    Check("captures-differ", _CAPTURES),
    Check("price-differs-from-formula", _FORMULA),
    Check("reasons-differ", _REASONS),
    Check("not-ended", _OVERDUE),
    Check("guard-missing", _TRIGGER),
)
