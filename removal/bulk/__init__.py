"""Interface to the images of batches, so that `batches` never uses the jobs' model.

The images of a batch are jobs with a `batch_id` and a `position` from 0. They have no hold of
their own: the batch pays for them when it ends, so `credits_used` stays 0 until `charge`.
`removal.bulk.work`, which needs an inference runtime, is for workers and not imported here.
"""

from removal.bulk.creation import NewImage, create
from removal.bulk.endings import (
    cancel_open,
    cancel_waiting,
    captures,
    charge,
    erase,
    price,
    recover,
)
from removal.bulk.leases import ClaimedImage, begin, claim, leased, renew
from removal.bulk.reading import (
    Counts,
    Image,
    InFlight,
    Original,
    Timing,
    counts,
    failed_for_our_reasons,
    has_results,
    in_flight,
    items,
    recent_timings,
    results,
    retryable,
    waiting_singles,
)

__all__ = [
    "ClaimedImage",
    "Counts",
    "Image",
    "InFlight",
    "NewImage",
    "Original",
    "Timing",
    "begin",
    "cancel_open",
    "cancel_waiting",
    "captures",
    "charge",
    "claim",
    "counts",
    "create",
    "erase",
    "failed_for_our_reasons",
    "has_results",
    "in_flight",
    "items",
    "leased",
    "price",
    "recent_timings",
    "recover",
    "renew",
    "results",
    "retryable",
    "waiting_singles",
]
