"""Low-credit notice: sent once, and again only after topping up."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from billing import events
from billing.mails import outbox

# Only topping up well beyond the limit enables the notice again; a refund of a few credits does
# not.
_ARM = """
    UPDATE billing_account SET low_noticed = false
     WHERE low_noticed AND available >= 2 * coalesce(low_threshold, %(limit)s)
"""
_NOTICE = """
    UPDATE billing_account SET low_noticed = true
     WHERE NOT low_noticed AND sequence > 1
       AND (low_threshold IS NULL AND available < %(limit)s OR available < low_threshold)
 RETURNING id, user_id, sequence, available
"""


@transaction.atomic
def notice_low(*, now: datetime) -> int:
    """Queue the notice and the event for every account whose balance fell below its own
    threshold, or else below `CREDITS_LOW`; returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ARM, {"limit": settings.CREDITS_LOW})
        cursor.execute(_NOTICE, {"limit": settings.CREDITS_LOW})
        fallen = cursor.fetchall()
    for account_id, user_id, sequence, available in fallen:
        if user_id is not None:
            fall = {
                "user_id": user_id,
                "account_id": account_id,
                "sequence": sequence,
                "available": available,
            }
            outbox.credits_low(**fall, now=now)
            events.credits_low(**fall, now=now)
    return len(fallen)
