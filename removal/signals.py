"""Signals of removal to the apps above."""

from django.dispatch import Signal

# The owner cancelled or erased one image of a batch; sent after the commit. Arguments: `batch_id`
# (primary key of the batch), `erased` (whether its files are gone) and `now`.
image_withdrawn = Signal()

# An image of a batch got another version of its result; sent inside the transaction that says so.
# Arguments: `batch_id` (primary key of the batch) and `now`.
image_changed = Signal()

# A single has become completed, failed or cancelled. Arguments: `job_id` (primary key of the job),
# its `public_id`, `user_id`, `source` and `webhook_url`, and `now`. It is sent inside the
# transaction that settles the job, so that the end of a job and what a receiver writes about it are
# kept together or not at all. A receiver therefore only writes rows, and only for jobs that concern
# it: one that raises undoes the settlement.
job_ended = Signal()

# Singles were erased: what a receiver keeps of them has to go too. Arguments: `user_id` and
# `job_ids` (public identifiers). It is sent inside the transaction that redacts them.
jobs_erased = Signal()
