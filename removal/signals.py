"""Signals of removal to the apps above, sent after the commit."""

from django.dispatch import Signal

# The owner cancelled or erased one image of a batch. Arguments: `batch_id` (primary key of the
# batch), `erased` (whether its files are gone) and `now`.
image_withdrawn = Signal()
