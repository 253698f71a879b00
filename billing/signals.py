"""The signal of billing to the apps above."""

from django.dispatch import Signal

# Something about an account's money has happened that programs of its owner may act on. Arguments:
# `user_id`; `event`, such as `invoice.paid`; `key`, unique for the user and what has happened,
# because it may be sent twice; `subject`, the public identifier of what it is about, or empty;
# `data`, JSON for the owner; and `now`. It is sent inside the transaction of what it reports. A
# receiver therefore only writes rows: one that raises undoes what has happened.
account_event = Signal()
