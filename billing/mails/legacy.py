"""Mails of the previous release, which had a table of its own in this app.

Its processes may still write to the table and send from it during a rolling upgrade. So the sweep
moves the rows for as long as there are any; the next release drops the table.
"""

from django.db import connection

from billing.models.mails import BillingMail

# A row that an old worker holds is due at the end of its lease, and is moved after that.
_MOVE = """
    WITH free AS (
        SELECT id FROM billing_billingmail
         WHERE sent_at IS NOT NULL OR attempts >= 10 OR next_attempt_at <= now()
         ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), moved AS (
        DELETE FROM billing_billingmail old USING free WHERE old.id = free.id RETURNING old.*
    )
    INSERT INTO common_outgoingmail
           (key, kind, user_id, address, context, urgent, status, request_id, created_at,
            requested_at, ended_at, available_at, attempts, last_error)
    SELECT key, 'billing.' || kind, user_id, '', context, false,
           CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN attempts >= 10 THEN 'given_up'
                ELSE 'waiting' END,
           '', created_at, created_at,
           CASE WHEN sent_at IS NOT NULL THEN sent_at WHEN attempts >= 10 THEN now() END,
           next_attempt_at, attempts, left(error, 500)
      FROM moved
    ON CONFLICT (key) DO NOTHING
"""


def move() -> None:
    """Move the rows that no old worker holds, a limited number at a time, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE)


def knows(key: str) -> bool:
    """Return whether the previous release recorded this mail, and perhaps sent it."""
    return BillingMail.objects.filter(key=key).exists()
