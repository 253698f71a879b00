"""The order in which Stripe was asked.

A ticket is drawn before an object is fetched and kept with what was stored of it. What an earlier
ticket brings never replaces what a later one brought, so the last writer is whoever asked last,
and nobody holds a lock while Stripe is thinking. Every change at Stripe is followed by an event,
whose processing draws a later ticket than everything before the change.
"""

from django.db import connection


def draw() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_stripe_ticket')")
        [ticket] = cursor.fetchone()
    return int(ticket)
