"""Sequence numbers of fetches from Stripe.

A sequence is drawn before an object is fetched and kept with what was stored of it. What an earlier
sequence stored never replaces what a later one stored, so the last writer is whoever asked last,
and nobody holds a lock while Stripe is thinking. Every change at Stripe is followed by an event,
whose processing draws a later sequence than everything before the change.
"""

from django.db import connection


def draw() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_stripe_ticket')")
        [sequence] = cursor.fetchone()
    return int(sequence)
