"""Sequence numbers of fetches from Stripe.

A sequence number is drawn before an object is fetched and stored with it. A row is never replaced
by an object with a lower number, so the latest request wins, and no lock is held during the call.
Stripe sends an event after every change, and processing that event draws a later number than
everything before the change.
"""

from django.db import connection


def draw() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_stripe_ticket')")
        [sequence] = cursor.fetchone()
    return int(sequence)
