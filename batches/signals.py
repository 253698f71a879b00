"""Signals of batches to the apps above, sent after the commit.

`batch_closed` is sent by the task that also writes the owner's e-mail, with `batch_id` (the row's
primary key) as its only argument, after a batch has become completed, failed or cancelled. It is
sent at least once: a process that dies between this and noting it down makes it come again, so a
receiver writes rows that are unique per batch, and commits them itself. A receiver that raises
lets the task be repeated.
"""

from django.dispatch import Signal

batch_closed = Signal()

# Sent when the files of a batch were deleted and its row was redacted, with `batch_id` (the public
# identifier) and `user_id`: what a receiver keeps of the batch has to go too. It is sent again when
# the batch is erased once more.
batch_erased = Signal()

# An image of a batch has ended. Arguments: `batch_id` (the row's primary key) and `now`. It is sent
# for every image, so a receiver has to be quick, and one that raises is only logged: it
# reads the state from the rows, and `batch_closed` follows in any case.
batch_progressed = Signal()
