"""The events that webhooks report, and the filters by which an endpoint chooses among them; a pure
module.
"""

from collections.abc import Iterable, Mapping

from common.http.auth import Scope

ALL = "*"
# Sent on demand to one endpoint. It reports nothing, so it is neither recorded nor retried.
TEST = "endpoint.test"

EVENTS: Mapping[str, str] = {
    "job.completed": "A single removal has finished.",
    "job.failed": "A single removal has failed and costs nothing.",
    "job.cancelled": "A single removal was cancelled and costs nothing.",
    "batch.progress": "Images of a batch have ended; at most one every few seconds a batch.",
    "batch.completed": "A batch has finished and its ZIP is ready.",
    "batch.failed": "A batch could not be delivered.",
    "batch.cancelled": "A batch was cancelled.",
    "credits.low": "The balance has fallen below the limit of this service.",
    "quota.reached": "The images that the subscription includes for today are used.",
    "subscription.created": "A subscription was made.",
    "subscription.updated": "A subscription has changed: its plan, status, month or cancellation.",
    "subscription.ended": "A subscription has ended.",
    "invoice.created": "An invoice was issued.",
    "invoice.paid": "An invoice was paid.",
    "invoice.payment_failed": "The payment of an invoice has failed.",
}
FAMILIES = tuple(dict.fromkeys(f"{name.partition('.')[0]}.*" for name in EVENTS))
# What a filter may name.
FILTERS = (ALL, *FAMILIES, *EVENTS)


def scope_of(event: str) -> Scope:
    """The scope that a key needs to read an event, or to have it posted to an address."""
    about_pictures = event.partition(".")[0] in {"job", "batch"}
    return Scope.REMOVAL_READ if about_pictures else Scope.BILLING_READ


def matches(filters: Iterable[str], event: str) -> bool:
    """True if one of the filters names the event, its family (`job.*`) or everything (`*`)."""
    return any(wanted in (ALL, event, f"{event.partition('.')[0]}.*") for wanted in filters)
